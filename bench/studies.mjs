// `npm run bench:studies`: how many training steps each study of the lab takes as long as, on wasm. Steps are timed
// before and after every study, in the same run.
import { groups } from 'd3';
import { ensureChromium } from '../scripts/browser.mjs';
import { positive, readArguments } from '../scripts/arguments.mjs';
import { openPage } from '../scripts/page.mjs';
import { textTable } from '../scripts/table.mjs';
import { describeMachine, median } from './report.mjs';

const HELP = `Usage: npm run bench:studies -- [--rounds N]

Prints the median time of each study of plain-20 beside residual-20, and of a
training step of both before and after it.

  --rounds   how often each study is made (5)`;

const { rounds } = readArguments(
	HELP,
	{ rounds: { type: 'string', default: '5' } },
	({ rounds }) => ({ rounds: positive('--rounds', rounds) })
);
await ensureChromium({ log: console.error });
const page = await openPage('/bench/studies-page.ts', 'timeStudies');
try {
	/** @type {import('./studies-page').Timed[]} */
	const timed = await page.call('timeStudies', rounds);
	const rows = groups(timed, ({ study }) => study).map(([study, own]) => [
		study,
		median(own.map(({ milliseconds }) => milliseconds)).toFixed(0),
		median(own.flatMap(({ steps }) => steps)).toFixed(1),
		median(own.map(({ milliseconds, steps }) => milliseconds / median(steps))).toFixed(1)
	]);
	const table = textTable(['study', 'ms', 'ms of a step', 'steps'], rows, 1);
	console.log([describeMachine(new Map()), '', table].join('\n'));
} finally {
	await page.close();
}
