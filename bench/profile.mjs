// `npm run bench:profile`: measures in which kernels a step on webgpu spends its time, with timestamps of the device.
import { ensureChromium } from '../scripts/browser.mjs';
import { openPage } from '../scripts/page.mjs';
import { textTable } from '../scripts/table.mjs';
import { oneOf, positive, readArguments } from '../scripts/arguments.mjs';
import { CONTENDERS, WORKS } from './names.mjs';
import { describeMachine, median } from './report.mjs';

const BACKEND = 'webgpu';
const HELP = `Usage: npm run bench:profile -- [--work NAME] [--contender NAME] [--rounds N] [--gpu] [--each]

Prints how long the kernels of one training step take on the device, by kind, beside the time
of the whole step. Each dispatch is timed in a pass of its own, which costs some time itself.

  --work       ${WORKS.join(', ')}; by default all
  --contender  ours or tfjs (ours)
  --rounds     steps of which medians are told (5)
  --gpu        on the machine's graphics card, not on the software adapter
  --each       every dispatch by itself, in order`;

const { works, contender, rounds, gpu, each } = readArguments(
	HELP,
	{
		work: { type: 'string' },
		contender: { type: 'string', default: 'ours' },
		rounds: { type: 'string', default: '5' },
		gpu: { type: 'boolean', default: false },
		each: { type: 'boolean', default: false }
	},
	({ work, contender, rounds, gpu, each }) => ({
		works: work === undefined ? WORKS : [oneOf('--work', work, WORKS)],
		contender: oneOf('--contender', contender, CONTENDERS),
		rounds: positive('--rounds', rounds),
		gpu,
		each
	})
);
await ensureChromium({ log: console.error });
for (const work of works) await measure(work);

/** @param {string} work */
async function measure(work) {
	const page = await openPage('/bench/page.ts', 'describe', { gpu });
	try {
		const opened = await page.call('open', BACKEND);
		if (opened.reason) throw new Error(opened.reason);
		const { reason } = await page.call('start', contender, work, BACKEND);
		if (reason) throw new Error(reason);
		/** @type {number[]} */
		const whole = [];
		/** @type {import('./timestamps').TimedDispatch[][]} */
		const steps = [];
		for (let round = 0; round < rounds; round++) {
			whole.push(await page.call('time', contender, work));
			steps.push(await page.call('timeDispatches', contender, work));
		}
		const dispatches = steps[0].map((one, i) => ({
			...one,
			microseconds: median(steps.map((step) => step[i].nanoseconds)) / 1000
		}));
		const total = dispatches.reduce((sum, { microseconds }) => sum + microseconds, 0);
		console.log(
			`\n${work}: ${describeMachine(new Map([[BACKEND, opened.adapter]]))}\n` +
				`${contender}: a step ${median(whole).toFixed(2)} ms; its ${dispatches.length} dispatches alone ${(total / 1000).toFixed(2)} ms\n`
		);
		if (each)
			for (const { label, workgroups, microseconds } of dispatches)
				console.log(
					`${microseconds.toFixed(1).padStart(9)} µs  ${label}  [${workgroups.join(', ')}]`
				);
		/** @type {Map<string, number[]>} */
		const kinds = new Map();
		for (const { label, microseconds } of dispatches)
			kinds.set(label, [...(kinds.get(label) ?? []), microseconds]);
		const sum = (/** @type {number[]} */ list) => list.reduce((a, b) => a + b, 0);
		const rows = [...kinds]
			.sort(([, a], [, b]) => sum(b) - sum(a))
			.map(([label, list]) => [
				label,
				String(list.length),
				(sum(list) / 1000).toFixed(2),
				(sum(list) / list.length).toFixed(1),
				`${((100 * sum(list)) / total).toFixed(1)} %`
			]);
		console.log(
			textTable(['buffers of the kernel', 'dispatches', 'ms', 'µs each', 'share'], rows, 1)
		);
	} catch (error) {
		console.error(`${work}: ${error instanceof Error ? error.message : error}`);
		process.exitCode = 1;
	} finally {
		await page.close();
	}
}
