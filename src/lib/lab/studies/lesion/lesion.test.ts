import { describe, expect, it } from 'vitest';
import type { Batch } from '$lib/base/image';
import { createEngine, openBackend } from '$lib/engine';
import { analyse, networkOf, parseName } from '$lib/network';
import { PRESETS } from '../../experiment/presets';
import { findingsOf } from '../../findings/findings';
import { laneNetwork } from '../../experiment/experiment';
import { History } from '../../record/history';
import { resultsDisagree } from '..';
import type { RunAtRest } from '../measurement';
import { putAside } from '../scales';
import { measureLesions } from './measure';
import { asideOf, type LesionRecord } from './record';

const record: LesionRecord = {
	...{ step: 300, lane: 0, images: 500, whole: 0.2 },
	without: [0.21, null, 0.2, 0.4, 0.2],
	scales: [0.02, -0.01, -0.049, 0.6, 0.3],
	withoutAside: 0.22
};

describe('blocks put aside', () => {
	it('are those whose scale is below the limit in size, whatever its sign', () => {
		expect(putAside([0.02, -0.01, -0.049, 0.6, -0.05, null])).toEqual([0, 1, 2]);
	});

	it('are held against the blocks whose removal costs least, as far as they can be removed', () => {
		// Blocks 2 and 4 cost least, equally; of those put aside, 0 costs more and 1 cannot be removed.
		expect(asideOf(record)).toEqual({
			...{ aside: 3, blocks: 5, least: 0.01, removable: 2, cheapest: 1 },
			...{ whole: 0.2, without: 0.22, images: 500 }
		});
		const all = asideOf({ ...record, without: [0.2, null, 0.2, 0.4, 0.2] });
		expect(all).toMatchObject({ removable: 2, cheapest: 2 });
	});

	it('are none where every scale is large, and not known in records without scales', () => {
		const { withoutAside: _, ...whole } = record;
		const none = asideOf({ ...whole, scales: [0.3, 0.2, 0.4, 0.6, 0.3] });
		expect(none).toMatchObject({ aside: 0, least: 0.2, removable: 0, cheapest: 0, without: 0.2 });
		const { scales: __, ...earlier } = whole;
		expect(asideOf(earlier)).toBeNull();
	});

	it('are a finding of their own, ahead of the errors without a block, if there are any', () => {
		const experiment = PRESETS.ignored(8);
		const networks = experiment.lanes.map((lane) => analyse(laneNetwork(lane, [16, 16, 1])));
		const history = new History(2);
		const own = { ...record, without: [0.2, null, null], withoutAside: 0.21 };
		history.addResult('lesion', { ...own, scales: [0.3, 0.3, 0.3], lane: 0 });
		history.addResult('lesion', { ...own, scales: [0.3, 0.01, 0.3], lane: 1 });
		const found = findingsOf(history, networks, experiment);
		expect(found.map(({ kind, lane }) => [kind, lane])).toEqual([
			['ignored', 1],
			['lesion', 0],
			['lesion', 1]
		]);
		expect(found[0]).toMatchObject({ aside: 1, blocks: 3, without: 0.21 });
	});
});

const network = networkOf(
	parseName('rezero-mini?depth=14&width=4&size=8&channels=1&scale=skipinit')
);

it('a record whose scales do not fit the blocks is refused', () => {
	const lesions = [{ ...record, without: [0.2, 0.2, null, 0.2, null, 0.2] }];
	expect(resultsDisagree({ lesions }, [analyse(network)])).toEqual({
		path: 'lesions.0.scales',
		detail: 'expected 6 scales, received 5'
	});
});

describe('the measurement', () => {
	const batch: Batch = {
		images: Float32Array.from({ length: 60 * 64 }, (_, i) => Math.sin(i * i)),
		labels: Int32Array.from({ length: 60 }, (_, i) => Math.floor(Math.sqrt(2 * i)) % 10),
		shape: [60, 8, 8, 1]
	};
	/** Measures the network after its weights have been changed. */
	async function measured(change: (parameters: Map<string, Float32Array>) => void) {
		const backend = await openBackend('cpu');
		const engine = await createEngine(backend, [{ network, seed: 4 }]);
		const fresh = await engine.state(0);
		engine.dispose();
		const parameters = new Map(fresh.parameters);
		change(parameters);
		const state = { ...fresh, parameters };
		const copy = { network, seed: 4, gates: Array<number>(6).fill(1), state };
		const run = {
			...{ backend, active: [true], step: 7 },
			copyOf: async () => copy,
			testBatches: async () => [batch]
		} as unknown as RunAtRest;
		const found: LesionRecord[] = [];
		await measureLesions.measure(run, null, {
			found: (one) => void found.push(one),
			progress: () => {},
			signal: new AbortController().signal
		});
		return found[0];
	}

	it('reads every scale, and tests the network with all branches put aside at 0', async () => {
		const found = await measured((parameters) => {
			// A small scale before a large branch: put aside by its size, yet missed when it is removed.
			parameters.set('block1/scale/scale', Float32Array.of(-0.04));
			const kernel = 'block1/conv2/kernel';
			parameters.set(
				kernel,
				parameters.get(kernel)!.map((value) => 400 * value)
			);
		});
		const usual = expect.closeTo(1 / Math.sqrt(6), 6);
		expect(found.scales).toEqual([usual, expect.closeTo(-0.04, 8), usual, usual, usual, usual]);
		expect(found.withoutAside).toBe(found.without[1]);
		expect(found.withoutAside).not.toBe(found.whole);
	});

	it('tests nothing more where no block is put aside', async () => {
		const found = await measured(() => {});
		expect(found.scales).toHaveLength(6);
		expect(found).not.toHaveProperty('withoutAside');
	});
});
