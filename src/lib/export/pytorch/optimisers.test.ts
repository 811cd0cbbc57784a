/** Compares the golden files with a real PyTorch; skipped if there is none. */
import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { fileNames, goldenCases, goldenNetwork, type Golden } from '$lib/engine/golden/golden';
import { analyse } from '$lib/network';
import { findTorch } from '../../../../scripts/python.mjs';
import { torchOptimiser } from './optimisers';

const PYTHON = findTorch();
const files = import.meta.glob('../../engine/golden/*.json', { eager: true, import: 'default' });
const byName = Object.fromEntries(
	Object.entries(files).map(([path, json]) => [path.replace(/^.*\//, './'), json])
);
const cases = goldenCases(byName);

/** A golden case with the additional input of `scripts/golden.py`. */
function job(golden: Golden) {
	const analysed = analyse(goldenNetwork(golden));
	const { network, parameters, blocks } = analysed;
	const names = fileNames(analysed);
	return {
		...golden,
		nodes: network.nodes,
		weights: Object.fromEntries(
			parameters.map(({ name }) => [name, golden.weights[names.get(name)!]])
		),
		gates: Object.fromEntries(
			blocks.flatMap(({ index, shortcut }) =>
				shortcut ? [[shortcut.to, golden.network.gates[index] ?? 1]] : []
			)
		),
		blocks: blocks.map(({ output }) => output),
		optimiser: torchOptimiser(golden.network)
	};
}

it.skipIf(!PYTHON)(
	'PyTorch computes the same steps in all golden cases',
	{ timeout: 120_000 },
	() => {
		const input = JSON.stringify(cases.map(job));
		const { stdout, stderr } = spawnSync(PYTHON!, ['scripts/golden.py'], {
			input,
			encoding: 'utf8'
		});
		expect(stderr).toBe('');
		const made = JSON.parse(stdout) as Golden['expected'][];
		for (const [i, golden] of cases.entries()) {
			const { name, expected } = golden;
			const names = fileNames(analyse(goldenNetwork(golden)));
			const near = (found: number, wanted: number, what: string, scale = Math.abs(wanted)) =>
				expect(Math.abs(found - wanted), `${name}: ${what}`).toBeLessThanOrEqual(1e-6 * scale);
			const largest = Math.max(...expected.logits.map(Math.abs));
			made[i].logits.forEach((logit, k) => near(logit, expected.logits[k], 'logits', largest));
			for (const key of ['losses', 'blockOutputGradientNorms', 'blockOutputStd'] as const)
				made[i][key].forEach((value, k) => near(value, expected[key][k], key));
			for (const key of ['gradientNorms', 'finalNorms'] as const)
				for (const [name, norm] of Object.entries(made[i][key]))
					near(norm, expected[key][names.get(name)!], key);
		}
	}
);
