/**
 * Measures shuffling: the test error of a trained network with the weights of its blocks in other orders (Veit, Wilber and
 * Belongie 2016, §4.3 and figure 5b). The network in training stays unchanged.
 */
import type { Batch } from '$lib/base/image';
import { randomStream, drawInteger } from '$lib/base/random';
import { createEngine, type Backend } from '$lib/engine';
import { analyse, exchangeableBlocks, kendallTau } from '$lib/network';
import { laneAfterLane, type LaneCopy, type Underway } from '../measurement';
import { SHUFFLES, type ShuffledError, type ShuffleRecord } from './record';
import { operate, swapped } from '../surgery';

export const measureShuffles = laneAfterLane(shuffledErrors);

/** After so many draws without a new order, there is probably none left. */
const FRUITLESS = 50;

/**
 * Draws distinct orders other than the network's own by random swaps, one swap more for each next order, so that they
 * range from near to far. Returns fewer if there are no more, and none if no blocks can change places.
 * @param groups blocks that can change places, as `exchangeableBlocks` lists them
 */
export function drawOrders(
	blocks: number,
	groups: readonly (readonly number[])[],
	seed: number,
	count = SHUFFLES
): number[][] {
	const found = new Map<string, number[]>();
	if (!groups.length) return [];
	const random = randomStream(seed, 'reorder', 0);
	const own = swapped(blocks, 0, 0);
	for (let fruitless = 0; found.size < count && fruitless < FRUITLESS; fruitless++) {
		let order = own;
		const swaps = 1 + (found.size % (count / 2));
		for (let i = 0; i < swaps; i++) {
			const group = groups[drawInteger(random, 0, groups.length - 1)];
			const at = drawInteger(random, 0, group.length - 1);
			const other = (at + drawInteger(random, 1, group.length - 1)) % group.length;
			const places = swapped(blocks, group[at], group[other]);
			order = places.map((place) => order[place]);
		}
		const key = order.join();
		if (key === own.join() || found.has(key)) continue;
		found.set(key, order);
		fruitless = 0;
	}
	return [...found.values()];
}

/**
 * Tests a network with its blocks in their own order and in others.
 * @param setup the network with its present state
 * @param underway gets the number of orders tested and in total; when aborted, the function returns null before the
 * next one
 * @throws MemoryError if a second network does not fit into memory
 */
async function shuffledErrors(
	backend: Backend,
	setup: LaneCopy,
	batches: readonly Batch[],
	{ progress, signal }: Underway
): Promise<Pick<ShuffleRecord, 'images' | 'whole' | 'shuffled'> | null> {
	const network = analyse(setup.network);
	const orders = drawOrders(network.blocks.length, exchangeableBlocks(network), setup.seed);
	const engine = await createEngine(backend, [setup]);
	try {
		progress(0, orders.length + 1);
		const { error: whole, images } = await engine.evaluate(0, batches);
		const shuffled: ShuffledError[] = [];
		for (const order of orders) {
			if (signal.aborted) return null;
			progress(shuffled.length + 1, orders.length + 1);
			await engine.load(0, operate(network, setup.state, { kind: 'reorder', order }));
			const { error } = await engine.evaluate(0, batches);
			shuffled.push({ order, tau: kendallTau(order), error });
		}
		progress(orders.length + 1, orders.length + 1);
		return { images, whole, shuffled };
	} finally {
		engine.dispose();
	}
}
