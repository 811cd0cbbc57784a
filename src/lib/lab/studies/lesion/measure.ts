/** Measures lesions: the test error of a trained network without each of its blocks in turn (Veit, Wilber and Belongie 2016). */
import { entry } from '$lib/base/entry';
import { laneAfterLane, type LaneCopy, type Underway } from '../measurement';
import type { LaneResult } from '../study';
import type { LesionRecord } from './record';
import type { Batch } from '$lib/base/image';
import { createEngine, type Backend } from '$lib/engine';
import { analyse, withoutBlock } from '$lib/network';
import { hasScales, putAside, scalesIn, withoutBranches } from '../scales';

export const measureLesions = laneAfterLane(lesionsOf);

/** Number of networks tested at once, if there are enough cores. */
const TOGETHER = 2;

/**
 * Tests a network whole, without each block that can be removed, and without all branches that its learned scales have
 * put aside; its weights stay unchanged.
 * @param setup the network with its present state
 * @param underway gets the number of networks tested and in total; when aborted, the function returns null before the
 * next ones
 * @throws MemoryError if a second network does not fit into memory
 */
async function lesionsOf(
	backend: Backend,
	setup: LaneCopy,
	batches: readonly Batch[],
	{ progress, signal }: Underway
): Promise<Omit<LesionRecord, keyof LaneResult> | null> {
	const whole = analyse(setup.network);
	const scales = hasScales(whole) ? scalesIn(whole, setup.state) : undefined;
	const aside = putAside(scales ?? []);
	const tested: { readonly of: number | 'whole' | 'aside'; readonly copy: LaneCopy }[] = [
		{ of: 'whole', copy: setup }
	];
	for (const { index } of whole.blocks) {
		const network = withoutBlock(whole, index);
		const gates = setup.gates.filter((_, block) => block !== index);
		if (network) tested.push({ of: index, copy: { ...setup, network, gates } });
	}
	if (aside.length) {
		const state = withoutBranches(whole, setup.state, aside);
		tested.push({ of: 'aside', copy: { ...setup, state } });
	}
	const errors = new Map<(typeof tested)[number]['of'], number>();
	let images = 0;
	for (let i = 0; i < tested.length; i += TOGETHER) {
		if (signal.aborted) return null;
		progress(i, tested.length);
		const some = tested.slice(i, i + TOGETHER);
		const engine = await createEngine(
			backend,
			some.map(({ copy }) => copy)
		);
		try {
			const results = await Promise.all(some.map((_, lane) => engine.evaluate(lane, batches)));
			results.forEach((result, k) => errors.set(some[k].of, result.error));
			images = results[0].images;
		} finally {
			engine.dispose();
		}
	}
	progress(tested.length, tested.length);
	return {
		images,
		whole: entry(errors, 'whole'),
		without: whole.blocks.map(({ index }) => errors.get(index) ?? null),
		...(scales && { scales }),
		...(aside.length && { withoutAside: entry(errors, 'aside') })
	};
}
