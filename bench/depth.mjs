// `npm run bench:depth`: how the time of a training step grows with depth. Builds every depth once, then times them in
// rounds of one step each. Writes the plots in docs/.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensureChromium } from '../scripts/browser.mjs';
import { BACKENDS, openPage } from '../scripts/page.mjs';
import { ROOT } from '../scripts/run.mjs';
import { textTable } from '../scripts/table.mjs';
import { oneOf, positive, readArguments } from '../scripts/arguments.mjs';
import { plotDepths } from './depth-plot.mjs';
import { describeMachine, median } from './report.mjs';

const DEPTHS = [8, 20, 32, 44, 56, 80, 110];

/** @param {number} depth */
const workOf = (depth) => `resnet-${depth}-w8-16x16-b64`;

const HELP = `Usage: npm run bench:depth -- [--backend NAME] [--rounds N] [--gpu]

Prints the median time of a training step of ${workOf(DEPTHS[0])} and deeper,
and writes docs/depth-cost-BACKEND.svg, or docs/depth-cost-BACKEND-gpu.svg with --gpu.

  --backend  ${BACKENDS.join(', ')} (wasm)
  --rounds   timed steps of each depth (5)
  --gpu      on the machine's graphics card, not on the software adapter`;

const { backend, rounds, gpu } = readArguments(
	HELP,
	{
		backend: { type: 'string', default: 'wasm' },
		rounds: { type: 'string', default: '5' },
		gpu: { type: 'boolean', default: false }
	},
	({ backend, rounds, gpu }) => ({
		backend: oneOf('--backend', backend, BACKENDS),
		rounds: positive('--rounds', rounds),
		gpu
	})
);
await ensureChromium({ log: console.error });
const page = await openPage('/bench/page.ts', 'describe', { gpu });
try {
	const opened = await page.call('open', backend);
	if (opened.reason) throw new Error(`${backend}: ${opened.reason}`);
	/** @type {{depth: number, launches: number | null, times: number[]}[]} */
	const running = [];
	for (const depth of DEPTHS) {
		console.error(`${backend}: starting depth ${depth}`);
		const { launches, reason } = await page.call('start', 'ours', workOf(depth), backend);
		if (reason) throw new Error(`${backend}, depth ${depth}: ${reason}`);
		running.push({ depth, launches, times: [] });
	}
	for (let round = 0; round < rounds; round++) {
		console.error(`${backend}: round ${round + 1} of ${rounds}`);
		for (const { depth, times } of running)
			times.push(await page.call('time', 'ours', workOf(depth)));
	}

	const machine = describeMachine(new Map(opened.adapter ? [[backend, opened.adapter]] : []));
	const points = running.map(({ depth, times }) => ({ depth, ms: median(times) }));
	console.log(`${machine}\n\n${table(running)}`);
	const path = `docs/depth-cost-${backend}${gpu ? '-gpu' : ''}.svg`;
	const date = new Date().toISOString().slice(0, 10);
	writeFileSync(join(ROOT, path), plotDepths(points, { machine, backend, date, rounds }));
	console.log(`\n${path} written`);
} catch (error) {
	console.error(error instanceof Error ? error.message : error);
	process.exitCode = 1;
} finally {
	await page.close();
}

/** @param {{depth: number, launches: number | null, times: number[]}[]} running */
function table(running) {
	return textTable(
		['depth', 'ms a step', 'ms a layer', 'launches'],
		running.map(({ depth, launches, times }) => [
			String(depth),
			median(times).toFixed(1),
			(median(times) / depth).toFixed(3),
			launches === null ? '–' : String(launches)
		])
	);
}
