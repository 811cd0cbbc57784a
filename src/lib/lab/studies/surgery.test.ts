import type { Batch } from '$lib/base/image';
import { beforeAll, describe, expect, it } from 'vitest';
import { createEngine, openBackend, type Backend, type LaneState } from '$lib/engine';
import { analyse, exchangeableBlocks, kendallTau, withoutBlock } from '$lib/network';
import { lane, laneNetwork, type Lane } from '../experiment/experiment';
import { drawOrders } from './shuffle/measure';
import { SHUFFLES } from './shuffle/record';
import { operate, swapped, unfit } from './surgery';

const networkOf = (change: Partial<Lane['network']>) =>
	laneNetwork(lane({ depth: 20, width: 2, ...change }), [8, 8, 1]);
const batch: Batch = {
	images: Float32Array.from({ length: 4 * 64 }, (_, i) => Math.sin((i * i) % 1021)),
	labels: Int32Array.from({ length: 4 }, (_, i) => i),
	shape: [4, 8, 8, 1]
};
const recipe = { learningRate: 0.03, momentum: 0.9, weightDecay: 1e-4 };

let backend: Backend;
beforeAll(async () => {
	backend = await openBackend('cpu');
});

/** The state of a network after two steps, so that averages and velocities are none of their first values. */
async function trained(network: ReturnType<typeof networkOf>): Promise<LaneState> {
	const engine = await createEngine(backend, [{ network, seed: 1 }]);
	for (let i = 0; i < 2; i++) await engine.step(batch, recipe);
	const state = await engine.state(0);
	engine.dispose();
	return state;
}

async function logitsOf(network: ReturnType<typeof networkOf>, state: LaneState) {
	const engine = await createEngine(backend, [{ network, seed: 1, state }]);
	const logits = await engine.logits(0, batch, false);
	engine.dispose();
	return logits;
}

describe('a branch F set to 0', () => {
	it.each<[string, Partial<Lane['network']>]>([
		['with normalisation', { shortcut: 'A' }],
		['without normalisation', { shortcut: 'A', norm: 'none', initialisation: 'xavier' }],
		['with pre-activation', { shortcut: 'A', order: 'pre' }]
	])('%s leaves x alone, to the last bit, as without the block', async (_, change) => {
		const network = networkOf(change);
		const state = await trained(network);
		const analysed = analyse(network);
		const operated = operate(analysed, state, { kind: 'zero-branch', block: 4 });
		const logits = await logitsOf(network, operated);
		expect(logits).toEqual(await logitsOf(withoutBlock(analysed, 4)!, state));
		expect(logits).not.toEqual(await logitsOf(network, state));
	});

	it('in a plain network lets nothing pass: all images look the same', async () => {
		const network = networkOf({ shortcut: 'none' });
		const operated = operate(analyse(network), await trained(network), {
			kind: 'zero-branch',
			block: 4
		});
		const logits = await logitsOf(network, operated);
		expect(logits.slice(10, 20)).toEqual(logits.slice(0, 10));
	});

	it('can learn again, and takes no momentum with it', async () => {
		const network = networkOf({ shortcut: 'A' });
		const state = operate(analyse(network), await trained(network), {
			kind: 'zero-branch',
			block: 4
		});
		expect(state.velocities.get('block4/conv2/norm/gamma')!.every((x) => x === 0)).toBe(true);
		const engine = await createEngine(backend, [{ network, seed: 1, state }]);
		await engine.step(batch, recipe);
		const { parameters } = await engine.state(0);
		expect(parameters.get('block4/conv2/norm/gamma')!.some((x) => x !== 0)).toBe(true);
		engine.dispose();
	});

	it('leaves the state before as it was', async () => {
		const network = networkOf({ shortcut: 'A' });
		const state = await trained(network);
		const before = structuredClone(state);
		operate(analyse(network), state, { kind: 'zero-branch', block: 4 });
		operate(analyse(network), state, { kind: 'reorder', order: swapped(9, 0, 2) });
		expect(state).toEqual(before);
	});
});

describe('blocks in another order', () => {
	const network = networkOf({ shortcut: 'A' });
	const analysed = analyse(network);

	it('have all that belongs to a block at the other place, averages and velocities too', async () => {
		const state = await trained(network);
		const operated = operate(analysed, state, { kind: 'reorder', order: swapped(9, 0, 2) });
		for (const part of ['parameters', 'velocities', 'averages'] as const)
			for (const [name, values] of operated[part]) {
				const source = name.startsWith('block0/')
					? name.replace('block0', 'block2')
					: name.startsWith('block2/')
						? name.replace('block2', 'block0')
						: name;
				expect(values, `${part} ${name}`).toEqual(state[part].get(source));
			}
		expect(await logitsOf(network, operated)).not.toEqual(await logitsOf(network, state));
		const back = operate(analysed, operated, { kind: 'reorder', order: swapped(9, 0, 2) });
		expect(back).toEqual(state);
	});

	it.each([
		['blocks of other shapes', swapped(9, 0, 4)],
		['too few', [0, 1, 2]],
		['a block twice', [0, 0, 2, 3, 4, 5, 6, 7, 8]],
		['a block that is not there', [0, 1, 2, 3, 4, 5, 6, 7, 9]]
	])('with %s are refused by name', async (_, order) => {
		expect(unfit(analysed, { kind: 'reorder', order })).toMatch(`order ${order.join(' ')}`);
		expect(unfit(analysed, { kind: 'zero-branch', block: 9 })).toMatch('block 9: expected');
	});
});

describe('orders to be tested', () => {
	const analysed = analyse(networkOf({ shortcut: 'A' }));
	const groups = exchangeableBlocks(analysed);
	const orders = drawOrders(9, groups, 1);

	it('are different, none of them the own one, and fit the network', () => {
		expect(orders).toHaveLength(SHUFFLES);
		expect(new Set(orders.map(String)).size).toBe(SHUFFLES);
		for (const order of orders) {
			expect(unfit(analysed, { kind: 'reorder', order })).toBeNull();
			expect(kendallTau(order)).toBeLessThan(1);
		}
	});

	it('follow from the seed', () => {
		expect(drawOrders(9, groups, 1)).toEqual(orders);
		expect(drawOrders(9, groups, 2)).not.toEqual(orders);
	});

	it('are all there are where there are few, and none where no blocks fit', () => {
		expect(drawOrders(6, [[0, 1]], 1)).toEqual([swapped(6, 0, 1)]);
		expect(drawOrders(3, [], 1)).toEqual([]);
	});
});
