/** Tests the PyTorch code of the families in a real PyTorch; skipped if there is none. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { initialParameters } from '$lib/engine/initialise';
import {
	ACTIVATIONS,
	analyse,
	cifarNetwork,
	CIFAR_DEFAULTS,
	networkOf,
	NORMS,
	parseName,
	type CifarOptions
} from '$lib/network';
import { findTorch } from '../../../../scripts/python.mjs';
import { callOf } from '../networks';
import { writeSafetensors } from '../safetensors';
import { DRAWN, expectDrawnAlike } from '../testing/drawn';
import { runTesting } from '../testing/python';
import { toTensors } from '../weights';

const PYTHON = findTorch();
const FILES = 'pytorch/files';
const NAMES = [
	...['alexnet', 'alexnet-2012', 'vgg-16', 'vgg-19', 'googlenet'],
	...['plain-18', 'plain-34', 'resnet-18', 'resnet-34', 'resnet-50', 'resnet-101', 'resnet-152'],
	...[
		'resnet-34?shortcut=A',
		'resnet-34?shortcut=C',
		'resnet-50?stride=3x3',
		'resnet-50?order=pre'
	],
	...['resnet-18?shortcut=A&order=pre', 'resnet-18?shortcut=C&order=pre', 'cifar-resnet-110']
];
const SMALL: CifarOptions = { ...CIFAR_DEFAULTS, depth: 14, width: 2, size: 8, channels: 2 };

/** All combinations of shortcut, order, normalisation and activation. */
const KINDS = (['none', 'A', 'B', 'C'] as const).flatMap((shortcut) =>
	(['post', 'pre'] as const).flatMap((order) =>
		NORMS.flatMap((norm) =>
			ACTIVATIONS.map((activation) => ({ shortcut, order, norm, activation }))
		)
	)
);

describe.skipIf(!PYTHON)('in PyTorch', () => {
	it('every network has the app’s counts of parameters and multiply-accumulates, and an output per class', async () => {
		const specs = NAMES.map(parseName);
		const told = await runTesting<number[]>(
			PYTHON!,
			'counts.py',
			[FILES],
			specs.map((spec) => [callOf({ spec }), networkOf(spec).input])
		);
		specs.forEach((spec, i) => {
			const { parameterCount, macs, network } = analyse(networkOf(spec));
			expect(told[i], NAMES[i]).toEqual([parameterCount, macs, network.classes]);
		});
	});

	it('every kind of CIFAR network computes what its description says, in 64 bits', async () => {
		const folder = mkdtempSync(join(tmpdir(), 'options-'));
		try {
			const kinds: CifarOptions[] = KINDS.filter(
				({ shortcut, order }) => shortcut !== 'none' || order === 'post'
			).map(({ order, ...kind }, i) => ({
				...SMALL,
				...kind,
				...(order === 'pre' ? { order } : {}),
				...(i % 3 === 0 ? { dropout: 0.5, classes: 7 } : {})
			}));
			const cases = kinds.map((options, i) => {
				const analysed = analyse(cifarNetwork(options));
				const { nodes, blocks, network } = analysed;
				const parameters = initialParameters(network, i);
				const averages = new Map(
					nodes.flatMap(({ node, outputShape }) =>
						node.type === 'batchNorm'
							? ([
									[`${node.id}/mean`, new Float32Array(outputShape.at(-1)!).fill(-0.125)],
									[`${node.id}/variance`, new Float32Array(outputShape.at(-1)!).fill(1.5)]
								] as const)
							: []
					)
				);
				const file = join(folder, `${i}.safetensors`);
				writeFileSync(file, writeSafetensors(toTensors(analysed, { parameters, averages })));
				const gates = blocks.map((_, block) => [1, 0.5, 0][(block + i) % 3]);
				const residual = options.shortcut !== 'none';
				return {
					call: callOf({ spec: { family: 'cifar', options }, ...(residual ? { gates } : {}) }),
					network: { nodes: network.nodes },
					weights: Object.fromEntries([...parameters].map(([key, values]) => [key, [...values]])),
					gates: Object.fromEntries(blocks.map(({ id }, block) => [`${id}/add`, gates[block]])),
					images: [3, 8, 8, 2],
					file
				};
			});
			const told = await runTesting<number[]>(
				PYTHON!,
				'options.py',
				[FILES, '../../../scripts'],
				cases
			);
			expect(told).toHaveLength(kinds.length);
			// Both start from 32-bit weights and compute in 64 bits.
			told.forEach((off, i) =>
				expect(Math.max(...off), JSON.stringify([kinds[i], off])).toBeLessThan(1e-10)
			);
		} finally {
			rmSync(folder, { recursive: true });
		}
	});

	it('initial weights have the app’s distributions, under the names that the app reads', async () => {
		const calls = DRAWN.map((spec) => callOf({ spec }));
		expectDrawnAlike(await runTesting(PYTHON!, 'drawn.py', [FILES], calls));
	});
});
