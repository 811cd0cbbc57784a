// `npm run bench:threads`: measures the gain of threads on wasm. Two engines take turns, one on one thread and one on
// several: with one network, which they compute together, or with a pair, on a thread each.
import { ensureChromium } from '../scripts/browser.mjs';
import { openPage } from '../scripts/page.mjs';
import { textTable } from '../scripts/table.mjs';
import { oneOf, positive, readArguments } from '../scripts/arguments.mjs';
import { WORKS } from './names.mjs';
import { describeMachine, median } from './report.mjs';
import { timeInTurn } from './turns.mjs';

const HELP = `Usage: npm run bench:threads -- [--work NAME] [--rounds N]

Prints the median time of a training step on wasm, on one thread and on
several, and how many times as fast the second is: of one network on as many
threads as the machine has cores (at most 8), and of two on a thread each.

  --work     ${WORKS.join(', ')}; by default all
  --rounds   timed steps of each engine (20)`;

const { works, rounds } = readArguments(
	HELP,
	{ work: { type: 'string' }, rounds: { type: 'string', default: '20' } },
	({ work, rounds }) => ({
		works: work === undefined ? WORKS : [oneOf('--work', work, WORKS)],
		rounds: positive('--rounds', rounds)
	})
);
await ensureChromium({ log: console.error });
const page = await openPage('/bench/page.ts', 'describe', {});
/** The contenders by what they train: on one thread, and on several. */
const RACES = /** @type {const} */ ([
	['one network', ['alone', 'ours']],
	['two networks', ['pair-together', 'pair']]
]);
/** @type {string[][]} */
const rows = [];
try {
	const { reason } = await page.call('open', 'wasm');
	if (reason) throw new Error(reason);
	for (const [what, contenders] of RACES)
		for (const work of works) {
			const [one, all] = await timeInTurn(page, contenders, { work, backend: 'wasm', rounds });
			const gain = median(one.map((ms, i) => ms / all[i]));
			const cells = [median(one).toFixed(1), median(all).toFixed(1), `${gain.toFixed(2)}×`];
			rows.push([what, work, ...cells]);
		}
} catch (error) {
	console.error(error instanceof Error ? error.message : error);
	process.exitCode = 1;
} finally {
	await page.close();
}
if (rows.length) {
	const head = ['', 'work', 'ms on one thread', 'ms on all', 'gain'];
	console.log([describeMachine(new Map()), '', textTable(head, rows)].join('\n'));
}
