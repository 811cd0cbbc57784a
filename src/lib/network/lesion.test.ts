import { describe, expect, it } from 'vitest';
import { analyse } from './analyse';
import { CIFAR_DEFAULTS, cifarNetwork, type CifarOptions } from './families/cifar';
import { withoutBlock } from './lesion';

const network = (change: Partial<CifarOptions>) =>
	analyse(cifarNetwork({ ...CIFAR_DEFAULTS, depth: 20, ...change }));

describe('a network without a block', () => {
	it.each(['none', 'A', 'B', 'C'] as const)(
		'with shortcuts %s has the other blocks as they were, and what the block read goes on',
		(shortcut) => {
			const whole = network({ shortcut });
			const cut = analyse(withoutBlock(whole, 4)!);
			expect(cut.network.depth).toBe(18);
			expect(cut.layers).toHaveLength(18);
			expect(cut.blocks.map(({ id }) => id)).toEqual(
				whole.blocks.map(({ id }) => id).filter((id) => id !== 'block4')
			);
			const sizes = new Map(whole.parameters.map(({ name, size }) => [name, size]));
			for (const { name, size } of cut.parameters) expect(sizes.get(name)).toBe(size);
			const before = whole.blocks[3].output;
			const after = cut.network.nodes.find(({ id }) => id === 'block5/conv1')!;
			expect(after.inputs).toEqual([before]);
		}
	);

	it('is none where the block changes the shape of the maps', () => {
		const whole = network({ shortcut: 'A' });
		const removable = whole.blocks.map(({ index }) => withoutBlock(whole, index) !== null);
		expect(removable).toEqual([true, true, true, false, true, true, false, true, true]);
	});
});
