import { describe, expect, it } from 'vitest';
import { analyse, networkOf, parseName } from '$lib/network';
import { layOutAligned } from './align';
import type { GraphLayout } from './layout';

const aligned = (names: readonly string[], by: 'resolution' | 'layer') =>
	layOutAligned(
		names.map((name) => analyse(networkOf(parseName(name)))),
		by
	);
const leftOf = ({ ops }: GraphLayout, id: string) => ops.find((op) => op.id === id)!.x;
const FIG_3 = ['vgg-19', 'plain-34', 'resnet-34'];

describe('networks aligned', () => {
	it('by resolution stand as in Fig. 3 of the paper: every size of map begins in one place', () => {
		const [, plain, residual] = aligned(FIG_3, 'resolution');
		for (const stage of ['stage2', 'stage3', 'stage4']) {
			const first = (layout: GraphLayout) =>
				layout.ops.find(({ node }) => node.node.stage === stage && node.node.type === 'conv')!.id;
			expect(leftOf(plain, first(plain))).toBe(leftOf(residual, first(plain)));
		}
	});

	it('by layer: layer 7 is in one place, whatever the network', () => {
		const layouts = aligned(['cifar-plain-20', 'cifar-resnet-56', 'vgg-16'], 'layer');
		const seventh = layouts.map((layout) => leftOf(layout, layout.network.layers[6].id));
		expect(new Set(seventh).size).toBe(1);
	});

	it.each([
		['resolution', FIG_3],
		['resolution', ['alexnet-2012', 'vgg-16', 'googlenet', 'resnet-50']],
		['layer', ['alexnet-2012', 'vgg-16', 'googlenet', 'resnet-50?order=pre']]
	] as const)('by %s keep their order, overlap nowhere and are of one width: %s', (by, names) => {
		const layouts = aligned(names, by);
		expect(new Set(layouts.map(({ x, width }) => `${x} ${width}`)).size).toBe(1);
		for (const { ops, edges } of layouts) {
			const x = new Map(ops.map((op) => [op.id, op.x]));
			for (const { from, to } of edges)
				expect(x.get(from)!, `${from} before ${to}`).toBeLessThan(x.get(to)!);
			for (const [i, a] of ops.entries())
				for (const b of ops.slice(i + 1))
					if (b.x < a.x + a.width)
						expect(Math.abs(a.y - b.y), `${a.id} ${b.id}`).toBeGreaterThanOrEqual(a.height);
		}
	});
});
