/** Measures lesions: the test error of a trained network without each of its blocks in turn (Veit, Wilber and Belongie 2016). */
import { entry } from '$lib/base/entry';
import { laneAfterLane, type LaneCopy, type Underway } from '../measurement';
import type { LesionRecord } from './record';
import type { Batch } from '$lib/base/image';
import { createEngine, type Backend } from '$lib/engine';
import { analyse, withoutBlock } from '$lib/network';

export const measureLesions = laneAfterLane(lesionsOf);

/** Number of networks tested at once, if there are enough cores. */
const TOGETHER = 2;

/**
 * Tests a network whole, and without each block that can be removed; its weights stay unchanged.
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
): Promise<Pick<LesionRecord, 'images' | 'whole' | 'without'> | null> {
	const whole = analyse(setup.network);
	const networks = [
		setup.network,
		...whole.blocks.map(({ index }) => withoutBlock(whole, index))
	].map((network, i) => ({ network, block: i - 1 }));
	const tested = networks.flatMap(({ network, block }) => (network ? [{ network, block }] : []));
	const errors = new Map<number, number>();
	let images = 0;
	for (let i = 0; i < tested.length; i += TOGETHER) {
		if (signal.aborted) return null;
		progress(i, tested.length);
		const some = tested.slice(i, i + TOGETHER);
		const engine = await createEngine(
			backend,
			some.map(({ network, block }) => ({
				...setup,
				network,
				gates: setup.gates.filter((_, index) => index !== block)
			}))
		);
		try {
			const results = await Promise.all(some.map((_, lane) => engine.evaluate(lane, batches)));
			results.forEach((result, k) => errors.set(some[k].block, result.error));
			images = results[0].images;
		} finally {
			engine.dispose();
		}
	}
	progress(tested.length, tested.length);
	return {
		images,
		whole: entry(errors, -1),
		without: whole.blocks.map(({ index }) => errors.get(index) ?? null)
	};
}
