// `npm run bench:threads`: measures the gain of one thread per lane on wasm. Two engines with a pair of networks each,
// one with one thread and one with two, take turns.
import { ensureChromium } from '../scripts/browser.mjs';
import { openPage } from '../scripts/page.mjs';
import { textTable } from '../scripts/table.mjs';
import { oneOf, positive, readArguments } from '../scripts/arguments.mjs';
import { WORKS } from './names.mjs';
import { describeMachine, median } from './report.mjs';
import { timeInTurn } from './turns.mjs';

const HELP = `Usage: npm run bench:threads -- [--work NAME] [--rounds N]

Prints the median time of a training step of two networks on wasm, on one
thread and on a thread each, and how many times as fast the second is.

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
/** @type {string[][]} */
const rows = [];
try {
	const { reason } = await page.call('open', 'wasm');
	if (reason) throw new Error(reason);
	for (const work of works) {
		const contenders = /** @type {const} */ (['pair-together', 'pair']);
		const [one, two] = await timeInTurn(page, contenders, { work, backend: 'wasm', rounds });
		const gain = median(one.map((ms, i) => ms / two[i]));
		rows.push([work, median(one).toFixed(1), median(two).toFixed(1), `${gain.toFixed(2)}×`]);
	}
} catch (error) {
	console.error(error instanceof Error ? error.message : error);
	process.exitCode = 1;
} finally {
	await page.close();
}
if (rows.length) {
	const head = ['work, two networks', 'ms on one thread', 'ms on two', 'gain'];
	console.log([describeMachine(new Map()), '', textTable(head, rows)].join('\n'));
}
