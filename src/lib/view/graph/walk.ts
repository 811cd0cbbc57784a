/** Keyboard navigation between stages, blocks and operations: arrow keys, opening and closing. Pure functions. */
import type { GraphLayout, GroupBox, Key, OpBox } from './layout';

type Box = GroupBox | OpBox;

export type Direction = 'left' | 'right' | 'up' | 'down';

export function boxOf({ stages, blocks, ops }: GraphLayout, key: Key): Box | null {
	const isIt = (box: Box) => box.key === key;
	return stages.find(isIt) ?? blocks.find(isIt) ?? ops.find(isIt) ?? null;
}

/** The next box of the same level in a direction, or the box itself at the end of the network. */
export function neighbour(layout: GraphLayout, key: Key, direction: Direction): Key {
	const from = boxOf(layout, key);
	if (!from) return layout.stages[0].key;
	const middle = (box: Box) => ({ x: box.x + box.width / 2, y: box.y + box.height / 2 });
	const here = middle(from);
	const across = direction === 'left' || direction === 'right';
	const back = direction === 'left' || direction === 'up';
	const along = (box: Box) => {
		const { x, y } = middle(box);
		const [ahead, aside] = across ? [x - here.x, y - here.y] : [y - here.y, x - here.x];
		return { ahead: back ? -ahead : ahead, aside: Math.abs(aside) };
	};
	let best: { key: Key; cost: number } | null = null;
	const level = { stage: layout.stages, block: layout.blocks, op: layout.ops }[from.level];
	for (const box of level) {
		const { ahead, aside } = along(box);
		if (ahead < 1) continue;
		// Staying on the line matters more than being near.
		const cost = ahead + 3 * aside;
		if (!best || cost < best.cost) best = { key: box.key, cost };
	}
	return best?.key ?? key;
}

/** The first box inside a box, or null for an operation. */
export function opened(layout: GraphLayout, key: Key): Key | null {
	const box = boxOf(layout, key);
	if (!box || box.level === 'op') return null;
	const block = box.level === 'stage' && layout.blocks.find(({ stage }) => stage === box.stage);
	return (block || layout.ops[box.first]).key;
}

/** The box around a box, or null for a stage. */
export function closed(layout: GraphLayout, key: Key): Key | null {
	const box = boxOf(layout, key);
	if (!box || box.level === 'stage') return null;
	const block = box.level === 'op' && box.block !== null && layout.blocks[box.block];
	return (block || layout.stages[box.stage]).key;
}
