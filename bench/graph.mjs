// `npm run bench:graph`: how long the explorer takes to open a network and to draw a frame of a pan over it.
import { ensureChromium } from '../scripts/browser.mjs';
import { openPage } from '../scripts/page.mjs';
import { textTable } from '../scripts/table.mjs';
import { positive, readArguments } from '../scripts/arguments.mjs';
import { describeMachine, median } from './report.mjs';

const NETWORKS = ['cifar-resnet-1202', 'resnet-152', 'googlenet', 'alexnet'];

const HELP = `Usage: npm run bench:graph -- [--rounds N]

Prints, for ${NETWORKS.join(', ')},
the median milliseconds of describing a network, laying it out and painting it
for the first time at 1280 pixels, and the median and the slowest frame of a pan.

  --rounds  pages in which each network is opened (5)`;

const { rounds } = readArguments(
	HELP,
	{ rounds: { type: 'string', default: '5' } },
	({ rounds }) => ({ rounds: positive('--rounds', rounds) })
);

await ensureChromium({ log: console.error });
/** @type {string[][]} */
const rows = [];
for (const name of NETWORKS) {
	/** @type {{operations: number, describe: number, layout: number, first: number, pan: number[]}[]} */
	const times = [];
	for (let round = 0; round < rounds; round++) {
		const page = await openPage('/bench/graph-page.ts', 'time');
		times.push(await page.call('time', name));
		await page.close();
	}
	/** @param {(one: typeof times[number]) => number} of */
	const typical = (of) => median(times.map(of)).toFixed(1);
	rows.push([
		name,
		String(times[0].operations),
		typical((t) => t.describe),
		typical((t) => t.layout),
		typical((t) => t.first),
		typical((t) => t.describe + t.layout + t.first),
		typical((t) => median(t.pan)),
		typical((t) => Math.max(...t.pan))
	]);
}
console.log(`${describeMachine(new Map())}\n`);
console.log(
	textTable(
		['network', 'operations', 'describe', 'lay out', 'paint', 'opened', 'frame', 'slowest frame'],
		rows
	)
);
process.exit();
