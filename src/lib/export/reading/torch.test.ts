/** Reads what a real PyTorch saves, and computes with it; skipped without PyTorch or torchvision. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Batch } from '$lib/base/image';
import { createEngine, openBackend } from '$lib/engine';
import { analyse, networkOf, parseName } from '$lib/network';
import { findTorchvision } from '../../../../scripts/python.mjs';
import { checkFit, fitWeights, readInto } from './fit';
import { WeightsError } from './problems';
import { readWeights } from './read';

const PYTHON = findTorchvision();
const named = (name: string) => analyse(networkOf(parseName(name)));
const PADDED = named('cifar-resnet-14?width=4&size=8');
const PROJECTED = named('cifar-resnet-14?width=4&size=8&shortcut=B');

describe.skipIf(!PYTHON)('what PyTorch saves', () => {
	let folder: string;
	let logits: Record<string, number[]>;
	beforeAll(async () => {
		folder = mkdtempSync(join(tmpdir(), 'saved-'));
		const script = resolve('src/lib/export/testing/saved.py');
		const { stdout } = await promisify(execFile)(PYTHON!, [script, folder]);
		logits = JSON.parse(stdout) as typeof logits;
	}, 120_000);
	afterAll(() => rmSync(folder, { recursive: true }));
	const file = (name: string) => new Blob([readFileSync(join(folder, name))]);
	const problem = async (reading: Promise<unknown>) => {
		const error: unknown = await reading.catch((reason: unknown) => reason);
		expect(error).toBeInstanceOf(WeightsError);
		return (error as WeightsError).problem;
	};

	/** Loads weights into the engine and compares its logits with PyTorch's. */
	async function computes(name: string, code: string, network = PROJECTED) {
		const { weights, fit } = await readInto(network, file(name));
		const backend = await openBackend('cpu');
		const engine = await createEngine(backend, [{ network: network.network, seed: 5 }]);
		const state = await engine.state(0);
		await engine.load(0, { ...state, ...weights });
		const batch: Batch = {
			images: Float32Array.from({ length: 2 * 8 * 8 * 3 }, (_, i) => Math.sin((i * i) % 1021)),
			labels: Int32Array.of(0, 1),
			shape: [2, 8, 8, 3]
		};
		const found = await engine.logits(0, batch, false);
		engine.dispose();
		const expected = logits[code];
		const scale = Math.max(...expected.map(Math.abs));
		expect(found).toHaveLength(expected.length);
		found.forEach((logit, i) => expect(Math.abs(logit - expected[i])).toBeLessThan(1e-4 * scale));
		return fit;
	}

	it('computes the same here, whatever the names', async () => {
		const a = await computes('a.pth', 'a', PADDED);
		expect(a.warnings).toMatchObject([
			{ code: 'renamed', from: 'layer1.0.conv1.weight' },
			{ code: 'reordered' }
		]);
		expect(a.leftOut).toMatchObject([{ reason: 'counter', count: 13 }]);
		expect((await computes('b.pth', 'b')).warnings).toMatchObject([{ code: 'renamed' }]);
		expect((await computes('c.pth', 'c')).warnings).toMatchObject([{ code: 'renamed' }]);
	});

	it.each(['wrapped.pth', 'wrapped-old.pth'])('%s: a checkpoint with much else', async (name) => {
		expect((await computes(name, 'wrapped')).warnings).toMatchObject([
			{ code: 'wrapper', key: 'state_dict', others: [] },
			{ code: 'prefix', prefix: 'module.' },
			{ code: 'renamed' }
		]);
	});

	it.each(['net.pth', 'parameters.pth', 'views.pth', 'views-old.pth', 'channels-last.pth'])(
		'%s: as others save',
		async (name) => {
			await computes(name, 'wrapped');
		}
	);

	it('has its halves converted', async () => {
		const { fit } = await readInto(PROJECTED, file('half.pth'));
		expect(fit.warnings).toContainEqual({
			code: 'converted',
			type: 'F16',
			count: fit.taken.length
		});
	});

	it('tells what it is instead', async () => {
		for (const name of ['module.pth', 'module-old.pth'])
			expect(await problem(readWeights(file(name)))).toEqual({
				...{ code: 'module', of: '__main__.ResNet' }
			});
		for (const name of ['quantised.pth', 'sparse.pth'])
			expect(await problem(readWeights(file(name))), name).toEqual({ code: 'layout' });
		expect(await problem(readWeights(file('script.pt')))).toMatchObject({ code: 'torchscript' });
		expect(await problem(readWeights(file('tensor.pth')))).toMatchObject({ code: 'no-tensors' });
	});

	it.each(['a.pth', 'wrapped-old.pth'])('%s: cut anywhere is told', async (name) => {
		const whole = file(name);
		for (const share of [0.02, 0.3, 0.7, 0.999]) {
			const cut = whole.slice(0, Math.floor(share * whole.size));
			expect(await problem(readInto(PROJECTED, cut)), String(share)).toMatchObject({ code: 'cut' });
		}
	});

	it.each(['c.pth', 'wrapped-old.pth'])('%s: damaged anywhere is read or refused', async (name) => {
		const whole = readFileSync(join(folder, name));
		let seed = 3;
		const next = (below: number) => (seed = (seed * 48271) % 2147483647) % below;
		for (let i = 0; i < 300; i++) {
			const bytes = new Uint8Array(whole);
			// Most damages are in the pickle, where they matter.
			for (let n = next(4); n >= 0; n--) bytes[next(n % 2 ? bytes.length : 9000)] = next(256);
			await readInto(PROJECTED, new Blob([bytes])).catch((error: unknown) => {
				if (!(error instanceof WeightsError)) throw error;
			});
		}
	});

	it('of ImageNet is listed and checked; another network is told', async () => {
		const eighteen = fitWeights(named('resnet-18'), await readWeights(file('resnet18.pth')));
		expect(eighteen.taken).toHaveLength(102);
		expect(eighteen.warnings).toMatchObject([{ code: 'renamed' }]);
		await checkFit(eighteen, () => {});
		for (const [name, saved] of [
			['googlenet', 'app-googlenet.pth'],
			['resnet-50?order=pre', 'app-resnet50.pth']
		]) {
			const own = fitWeights(named(name), await readWeights(file(saved)));
			expect(own.warnings).toEqual([]);
		}
		const fifty = await readWeights(file('resnet50.pth'));
		expect(fitWeights(named('resnet-50'), fifty).warnings).toContainEqual({ code: 'stride' });
		expect(fitWeights(named('resnet-50?stride=3x3'), fifty).warnings).not.toContainEqual({
			...{ code: 'stride' }
		});
		const into = async (name: string, saved: string) =>
			problem(readWeights(file(saved)).then((read) => fitWeights(named(name), read)));
		expect(await into('resnet-34', 'resnet18.pth')).toMatchObject({ code: 'missing' });
		expect(await into('resnet-18', 'resnet50.pth')).toMatchObject({ code: 'shape' });
		expect(await into('resnet-18?shortcut=A', 'resnet18.pth')).toMatchObject({
			...{ code: 'other-network', tensor: 'layer2.0.downsample.0.weight' }
		});
		expect(await into('googlenet', 'googlenet.pth')).toMatchObject({ code: 'normalised' });
		expect(await into('resnet-18', 'squeezenet1_0.pth')).toMatchObject({ code: 'names' });
	});
});
