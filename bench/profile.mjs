// `npm run bench:profile`: measures in which kernels a step spends its time: on webgpu with timestamps of the device, on
// wasm by the page's clock.
import { ensureChromium } from '../scripts/browser.mjs';
import { openPage } from '../scripts/page.mjs';
import { textTable } from '../scripts/table.mjs';
import { oneOf, positive, readArguments } from '../scripts/arguments.mjs';
import { CONTENDERS, WORKS } from './names.mjs';
import { describeMachine, median } from './report.mjs';

const BACKENDS = /** @type {const} */ (['webgpu', 'wasm']);
const HELP = `Usage: npm run bench:profile -- [--backend NAME] [--work NAME] [--contender NAME] [--rounds N] [--gpu] [--each]

Prints how long the kernels of one training step take, by kind, beside the time of the whole
step. On webgpu each dispatch is timed in a pass of its own, which costs some time itself. On
wasm the engine computes on one thread; kinds are kernels with the sizes of their maps.

  --backend    ${BACKENDS.join(', ')} (webgpu)
  --work       ${WORKS.join(', ')}; by default all
  --contender  ours or tfjs (ours), on webgpu
  --rounds     steps of which the times are told (5)
  --gpu        on the machine's graphics card, not on the software adapter
  --each       every dispatch by itself, in order`;

const { backend, works, contender, rounds, gpu, each } = readArguments(
	HELP,
	{
		backend: { type: 'string', default: 'webgpu' },
		work: { type: 'string' },
		contender: { type: 'string', default: 'ours' },
		rounds: { type: 'string', default: '5' },
		gpu: { type: 'boolean', default: false },
		each: { type: 'boolean', default: false }
	},
	({ backend, work, contender, rounds, gpu, each }) => ({
		backend: oneOf('--backend', backend, BACKENDS),
		works: work === undefined ? WORKS : [oneOf('--work', work, WORKS)],
		contender: backend === 'wasm' ? 'alone' : oneOf('--contender', contender, CONTENDERS),
		rounds: positive('--rounds', rounds),
		gpu,
		each
	})
);
await ensureChromium({ log: console.error });
for (const work of works) await measure(work);

/**
 * One dispatch of a step: its kernel, its sizes, its microseconds, and floating-point operations if it is a convolution.
 * @typedef {{label: string, sizes: string, microseconds: number, operations: number}} Dispatch
 */

/** @param {string} work */
async function measure(work) {
	const page = await openPage('/bench/page.ts', 'describe', { gpu });
	try {
		const opened = await page.call('open', backend);
		if (opened.reason) throw new Error(opened.reason);
		if (backend === 'wasm') await page.call('makeTimeable');
		const { reason } = await page.call('start', contender, work, backend);
		if (reason) throw new Error(reason);
		/** @type {number[]} */
		const whole = [];
		/** @type {Dispatch[][]} */
		const steps = [];
		for (let round = 0; round < rounds; round++) {
			whole.push(await page.call('time', contender, work));
			steps.push(await timed(page, work));
		}
		// A page's clock is coarse, so that only a mean tells the time of a short kernel; the device's is not.
		const typical = backend === 'wasm' ? mean : median;
		const dispatches = steps[0].map((one, i) => ({
			...one,
			microseconds: typical(steps.map((step) => step[i].microseconds))
		}));
		const total = sum(dispatches.map(({ microseconds }) => microseconds));
		console.log(
			`\n${work}: ${describeMachine(new Map(opened.adapter ? [[backend, opened.adapter]] : []))}\n` +
				`${contender}: a step ${typical(whole).toFixed(2)} ms; its ${dispatches.length} dispatches alone ${(total / 1000).toFixed(2)} ms\n`
		);
		if (each)
			for (const { label, sizes, microseconds } of dispatches)
				console.log(`${microseconds.toFixed(1).padStart(9)} µs  ${label}  [${sizes}]`);
		console.log(table(dispatches, total));
	} catch (error) {
		console.error(`${work}: ${error instanceof Error ? error.message : error}`);
		process.exitCode = 1;
	} finally {
		await page.close();
	}
}

/**
 * Times the dispatches of one more step.
 * @param {Awaited<ReturnType<typeof openPage>>} page
 * @param {string} work
 * @returns {Promise<Dispatch[]>}
 */
async function timed(page, work) {
	if (backend === 'wasm') return page.call('timeCalls', contender, work);
	/** @type {import('./timestamps').TimedDispatch[]} */
	const dispatches = await page.call('timeDispatches', contender, work);
	return dispatches.map(({ label, workgroups, nanoseconds }) => ({
		label,
		sizes: workgroups.join(', '),
		microseconds: nanoseconds / 1000,
		operations: 0
	}));
}

/**
 * The kinds of dispatches by their time: on webgpu by label, on wasm by kernel and sizes.
 * @param {readonly Dispatch[]} dispatches
 * @param {number} total
 */
function table(dispatches, total) {
	/** @type {Map<string, Dispatch[]>} */
	const kinds = new Map();
	for (const one of dispatches) {
		const kind = backend === 'wasm' ? `${one.label} ${one.sizes}` : one.label;
		kinds.set(kind, [...(kinds.get(kind) ?? []), one]);
	}
	const rows = [...kinds]
		.map(([kind, list]) => ({
			kind,
			count: list.length,
			microseconds: sum(list.map(({ microseconds }) => microseconds)),
			operations: sum(list.map(({ operations }) => operations))
		}))
		.sort((a, b) => b.microseconds - a.microseconds)
		.map(({ kind, count, microseconds, operations }) => [
			kind,
			String(count),
			(microseconds / 1000).toFixed(2),
			(microseconds / count).toFixed(1),
			`${((100 * microseconds) / total).toFixed(1)} %`,
			...(backend === 'wasm'
				? [operations ? (operations / microseconds / 1000).toFixed(1) : '']
				: [])
		]);
	const head = ['dispatches', 'ms', 'µs each', 'share'];
	return textTable(
		backend === 'wasm' ? ['kernel', ...head, 'GFLOP/s'] : ['buffers of the kernel', ...head],
		rows,
		1
	);
}

/** @param {readonly number[]} list */
function sum(list) {
	return list.reduce((a, b) => a + b, 0);
}

/** @param {readonly number[]} list */
function mean(list) {
	return sum(list) / list.length;
}
