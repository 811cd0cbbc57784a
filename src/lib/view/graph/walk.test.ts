import { describe, expect, it } from 'vitest';
import { analyse, networkOf, parseName } from '$lib/network';
import { layOut } from './layout';
import { boxOf, closed, neighbour, opened } from './walk';

const layout = layOut(analyse(networkOf(parseName('cifar-resnet-20'))));

describe('the walk through a network', () => {
	it('opens a stage, a block and no operation, and closes them again', () => {
		expect(opened(layout, 'stage:stage2')).toBe('block:block3');
		expect(opened(layout, 'stage:stem')).toBe('op:input');
		expect(opened(layout, 'block:block3')).toBe('op:block3/conv1');
		expect(opened(layout, 'op:block3/conv1')).toBeNull();
		expect(closed(layout, 'op:block3/conv1')).toBe('block:block3');
		expect(closed(layout, 'op:input')).toBe('stage:stem');
		expect(closed(layout, 'block:block3')).toBe('stage:stage2');
		expect(closed(layout, 'stage:stage2')).toBeNull();
	});

	it('stays on a level, and at the end of the network', () => {
		expect(neighbour(layout, 'block:block3', 'right')).toBe('block:block4');
		expect(neighbour(layout, 'block:block0', 'left')).toBe('block:block0');
		expect(neighbour(layout, 'stage:stem', 'right')).toBe('stage:stage1');
		expect(neighbour(layout, 'op:block3/conv1', 'right')).toBe('op:block3/conv1/norm');
	});

	it('tells a stage and an operation apart that have the same name', () => {
		expect(boxOf(layout, 'stage:stem')?.level).toBe('stage');
		expect(boxOf(layout, 'op:stem')?.level).toBe('op');
		expect(boxOf(layout, 'block:stem')).toBeNull();
	});
});
