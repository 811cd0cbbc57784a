import { describe, expect, it } from 'vitest';
import { analyse, knownNames, networkOf, parseName } from '$lib/network';
import { layOut, type Rect } from './layout';

const laidOut = (name: string) => layOut(analyse(networkOf(parseName(name))));

const overlap = (a: Rect, b: Rect) =>
	a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

/** Finds pairs that overlap, from left to right. */
function overlaps<T extends Rect & { id: string }>(boxes: readonly T[]): string[] {
	const sorted = [...boxes].sort((a, b) => a.x - b.x);
	return sorted.flatMap((a, i) => {
		const found: string[] = [];
		for (let j = i + 1; j < sorted.length && sorted[j].x < a.x + a.width; j++)
			if (overlap(a, sorted[j])) found.push(`${a.id} and ${sorted[j].id}`);
		return found;
	});
}

const NAMES = [
	...knownNames(),
	'resnet-50?order=pre',
	'cifar-resnet-20?shortcut=C',
	'resnet-34?shortcut=A'
];

describe('the layout', () => {
	it.each(NAMES)(
		'of %s has no two boxes in one place, and each within its block and stage',
		(name) => {
			const { ops, blocks, stages } = laidOut(name);
			expect(overlaps(ops)).toEqual([]);
			expect(overlaps(blocks)).toEqual([]);
			expect(overlaps(stages)).toEqual([]);
			const within = (inner: Rect, outer: Rect) =>
				inner.x >= outer.x &&
				inner.y >= outer.y &&
				inner.x + inner.width <= outer.x + outer.width &&
				inner.y + inner.height <= outer.y + outer.height;
			for (const op of ops) {
				if (op.block !== null) expect(within(op, blocks[op.block])).toBe(true);
				if (!op.node.node.auxiliary) expect(within(op, stages[op.stage])).toBe(true);
			}
		}
	);

	it('is the same for the same network', () => {
		expect(laidOut('googlenet')).toEqual(laidOut('googlenet'));
	});

	it('has a line for every input, and the shortcut of every block leads to its sum', () => {
		const { edges, network } = laidOut('resnet-50');
		expect(edges).toHaveLength(
			network.nodes.reduce((sum, { node }) => sum + node.inputs.length, 0)
		);
		for (const { index, shortcut } of network.blocks)
			expect(edges.some((e) => e.shortcut === index && e.to === shortcut!.to)).toBe(true);
	});

	it.each(['googlenet', 'resnet-50?order=pre'])('of %s goes left to right', (name) => {
		const { ops, edges } = laidOut(name);
		const x = new Map(ops.map((op) => [op.id, op.x]));
		for (const { from, to } of edges) expect(x.get(from)!).toBeLessThan(x.get(to)!);
	});
});
