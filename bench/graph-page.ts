/** Runs in the browser for `graph.mjs`: builds, lays out and paints a network. */
import { analyse, networkOf, parseName } from '$lib/network';
import { layOut } from '$lib/view/graph/layout';
import { paint, viewAt } from '$lib/view/graph/paint';
import { canvasPen } from '$lib/view/graph/pen';
import { PLAIN_LABELS, PLAIN_PALETTE } from '$lib/view/test/plain';

const WIDTH = 1280;
const HEIGHT = 230;
/** Milliseconds of each part; `pan` is a list, one for each frame of a pan over the whole network. */
function time(name: string) {
	const clock = performance.now.bind(performance);
	const started = clock();
	const network = analyse(networkOf(parseName(name)));
	const analysed = clock();
	const layout = layOut(network);
	const laidOut = clock();
	const canvas = Object.assign(document.createElement('canvas'), { width: WIDTH, height: HEIGHT });
	const pen = canvasPen(canvas.getContext('2d')!, 'sans-serif');
	const frame = (k: number, x: number) => {
		const began = clock();
		paint(pen, {
			layout,
			view: viewAt({ k, x, y: HEIGHT / 2 }, layout, HEIGHT),
			width: WIDTH,
			height: HEIGHT,
			palette: PLAIN_PALETTE,
			labels: PLAIN_LABELS,
			gates: [],
			selected: null
		});
		return clock() - began;
	};
	const whole = WIDTH / layout.width;
	const first = frame(whole, -layout.x * whole);
	// A zoom at which operations have just appeared, so that most of them are in view.
	const k = 0.16;
	const frames = 60;
	const pan = Array.from({ length: frames }, (_, i) =>
		frame(k, -layout.x * k - (i / frames) * layout.width * k)
	);
	return {
		operations: network.nodes.length,
		describe: analysed - started,
		layout: laidOut - analysed,
		first,
		pan
	};
}

Object.assign(globalThis, { time });
