import { describe, expect, it } from 'vitest';
import { analyse, networkOf, parseName } from '$lib/network';
import { layOut } from './layout';
import { hit, levelAt, paint, transformOf, viewAt } from './paint';
import { svgPen } from './pen';
import { PLAIN_PALETTE } from '../test/plain';
import { mapLabels } from '../words/graph';

const WIDTH = 1200;
const HEIGHT = 200;
function drawn(name: string, gates: readonly number[] = []): string {
	const layout = layOut(analyse(networkOf(parseName(name))));
	const { pen, document } = svgPen(WIDTH, HEIGHT, 'sans-serif', name);
	const view = viewAt(transformOf(layout, WIDTH, HEIGHT), layout, HEIGHT);
	paint(pen, {
		layout,
		view,
		width: WIDTH,
		height: HEIGHT,
		palette: PLAIN_PALETTE,
		labels: mapLabels(),
		gates,
		selected: null
	});
	return document();
}

describe('the drawing', () => {
	it.each(['alexnet', 'googlenet', 'resnet-18'])('of %s is as it was', async (name) => {
		await expect(drawn(name)).toMatchFileSnapshot(`snapshots/${name}.svg`);
	});

	it('shows a cut shortcut as cut', () => {
		const whole = drawn('resnet-18');
		const cut = drawn('resnet-18', [1, 0, 1, 1, 1, 1, 1, 1]);
		expect(whole).not.toContain('stroke-dasharray');
		expect(cut.match(/stroke-dasharray/g)).toHaveLength(1);
	});

	it('opens from stages to blocks to operations', () => {
		const layout = layOut(analyse(networkOf(parseName('cifar-resnet-1202'))));
		expect([0.001, 0.05, 1].map((k) => levelAt(layout, k))).toEqual(['stage', 'block', 'op']);
	});

	it('finds what is pointed at, and a shortcut beside it', () => {
		const layout = layOut(analyse(networkOf(parseName('resnet-18'))));
		const view = { k: 1, ky: 1, x: -layout.x, y: -layout.y };
		const op = layout.ops.find(({ id }) => id === 'block1/conv1')!;
		expect(hit(layout, view, op.x + 5 - layout.x, op.y + 5 - layout.y)).toEqual({ key: op.key });
		const arc = layout.edges.find(({ shortcut }) => shortcut === 1)!;
		const [[x0], , [, y]] = arc.points;
		expect(hit(layout, view, x0 + 150 - layout.x, y - layout.y)).toEqual({ shortcut: 1 });
		const beside = [x0 + 150 - layout.x, y - layout.y - 14] as const;
		expect(hit(layout, view, ...beside)).not.toEqual({ shortcut: 1 });
		expect(hit(layout, view, ...beside, true)).toEqual({ shortcut: 1 });
		expect(hit(layout, view, -50, -50)).toBeNull();
	});
});
