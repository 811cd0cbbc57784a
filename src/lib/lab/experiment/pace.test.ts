import { expect, it } from 'vitest';
import { chooseDepth } from './pace';

it.each([
	[4, 56],
	[152, 56],
	[154, 32],
	[270, 32],
	[280, 20],
	[60_000, 20]
])('%f ms for a step at depth 8 gives depth %i', (milliseconds, depth) => {
	expect(chooseDepth(milliseconds).depth).toBe(depth);
});

it('says what each depth would take', () => {
	expect(chooseDepth(70).expected).toEqual([
		{ depth: 56, milliseconds: 550 },
		{ depth: 32, milliseconds: 310 },
		{ depth: 20, milliseconds: 190 }
	]);
});
