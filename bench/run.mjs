// `npm run bench`: compares one training step of the app's engine with stock tfjs, jax-js and PyTorch on the same work,
// in rounds, so that a machine that slows down slows all of them.
import { resolve } from 'node:path';
import { ensureChromium } from '../scripts/browser.mjs';
import { BACKENDS, openPage } from '../scripts/page.mjs';
import { textTable } from '../scripts/table.mjs';
import { oneOf, positive, readArguments } from '../scripts/arguments.mjs';
import { CONTENDERS, DEFAULT_BACKENDS, WORKS } from './names.mjs';
import { hasPytorch, startPytorch } from './pytorch.mjs';
import { describeMachine, median } from './report.mjs';

/** Largest relative difference between first losses that rounding explains. */
const AGREEMENT = 1e-3;

const HELP = `Usage: npm run bench -- [--backend NAME] [--work NAME] [--contender NAME]…
                         [--against FOLDER] [--rounds N] [--budget SECONDS] [--gpu] [--json]

Prints the median time of a training step of each contender and how many kernels it
launches. Checks that all start with the same losses, and ends with 1 when they do not.

  --backend    ${BACKENDS.join(', ')}; by default ${DEFAULT_BACKENDS.join(', ')}
  --work       ${WORKS.join(', ')}; by default all
  --contender  ${CONTENDERS.join(', ')}; by default all
  --against    another checkout of this project, with its packages: its engine takes part as "before"
  --rounds     timed steps of each contender (5)
  --budget     seconds after which a contender gets fewer rounds, at least one (60)
  --gpu        on the machine's graphics card, not on the software adapter`;

/** Name of the contender from another checkout. */
const BEFORE = 'before';

/** Backends against which PyTorch, on one CPU thread, competes. */
const ON_PROCESSOR = ['wasm', 'cpu'];

const options = readArguments(
	HELP,
	{
		backend: { type: 'string' },
		work: { type: 'string' },
		contender: { type: 'string', multiple: true },
		against: { type: 'string' },
		rounds: { type: 'string', default: '5' },
		budget: { type: 'string', default: '60' },
		gpu: { type: 'boolean', default: false },
		json: { type: 'boolean', default: false }
	},
	({ backend, work, contender, against, rounds, budget, gpu, json }) => ({
		backends: backend === undefined ? DEFAULT_BACKENDS : [oneOf('--backend', backend, BACKENDS)],
		works: work === undefined ? WORKS : [oneOf('--work', work, WORKS)],
		contenders: contender?.map((name) => oneOf('--contender', name, CONTENDERS)) ?? CONTENDERS,
		against: against === undefined ? undefined : resolve(against),
		rounds: positive('--rounds', rounds),
		budget: positive('--budget', budget),
		gpu,
		json
	})
);
await ensureChromium({ log: console.error });
/** @type {{work: string, backend: string, contender: string, medianMs: number, launches: number | null, rounds: number}[]} */
const rows = [];
/** @type {Map<string, string>} */
const adapters = new Map();
let failed = false;
for (const backend of options.backends)
	for (const work of options.works) await measure(work, backend);

const device = describeMachine(adapters);
console.log(options.json ? JSON.stringify({ device, rows }, null, '\t') : table());
process.exit(failed || !rows.length ? 1 : 0);

/**
 * Measures all contenders on one work, in turn.
 * @param {string} work
 * @param {string} backend
 */
async function measure(work, backend) {
	const page = await openPage('/bench/page.ts', 'describe', { gpu: options.gpu });
	/** @type {{pytorch?: ReturnType<typeof startPytorch>, before?: Awaited<ReturnType<typeof openPage>>}} */
	const outside = {};
	try {
		const opened = await page.call('open', backend);
		if (opened.reason) {
			console.error(`${backend} ${work}: not measured: ${opened.reason}`);
			return;
		}
		if (opened.adapter) adapters.set(backend, opened.adapter);

		/** @type {{contender: string, step: () => Promise<number>, times: number[], spent: number, launches: number | null}[]} */
		const running = [];
		/** @type {{contender: string, losses: number[]} | null} */
		let first = null;
		/** @type {readonly string[]} */
		const all = options.contenders;
		const here = all.filter((name) => name !== 'alone' || backend === 'wasm');
		const contenders = options.against ? [...here, BEFORE] : here;
		for (const contender of contenders) {
			console.error(`${backend} ${work}: starting ${contender}`);
			const began = performance.now();
			const { losses, launches, reason, step } = await start(contender);
			if (reason) {
				console.error(`${backend} ${work}: ${contender} left out: ${reason}`);
				failed ||= contender === 'ours';
				continue;
			}
			first ??= { contender, losses };
			for (const [i, loss] of losses.entries())
				if (!(Math.abs(loss - first.losses[i]) <= AGREEMENT * Math.abs(first.losses[i]))) {
					failed = true;
					console.error(
						`${backend} ${work}: ${contender} has loss ${loss} at step ${i + 1}, ${first.contender} ${first.losses[i]}`
					);
				}
			running.push({ contender, step, times: [], spent: performance.now() - began, launches });
		}
		for (let round = 0; round < options.rounds; round++)
			for (const one of running) {
				const last = one.times.at(-1) ?? 0;
				if (round > 0 && one.spent + last > options.budget * 1000) continue;
				one.times.push(await one.step());
				one.spent += one.times.at(-1) ?? 0;
			}
		for (const { contender, times, launches } of running)
			rows.push({
				work,
				backend,
				contender,
				medianMs: Number(median(times).toFixed(3)),
				launches,
				rounds: times.length
			});
	} catch (error) {
		console.error(`${backend} ${work}: ${error instanceof Error ? error.message : error}`);
		failed = true;
	} finally {
		outside.pytorch?.stop();
		await outside.before?.close();
		await page.close();
	}

	/**
	 * Makes a contender's first steps.
	 * @param {string} contender
	 * @returns {Promise<{losses: number[], launches: number | null, reason?: string, step: () => Promise<number>}>}
	 */
	async function start(contender) {
		if (contender === BEFORE) {
			const before = (outside.before = await openPage('/bench/page.ts', 'describe', {
				gpu: options.gpu,
				root: options.against
			}));
			await before.call('open', backend);
			const started = await before.call('start', 'ours', work, backend);
			return { ...started, step: () => before.call('time', 'ours', work) };
		}
		if (contender !== 'pytorch') {
			const started = await page.call('start', contender, work, backend);
			return { ...started, step: () => page.call('time', contender, work) };
		}
		/** @type {number[]} */
		const losses = [];
		const step = async () => (await outside.pytorch?.step())?.milliseconds ?? NaN;
		if (!ON_PROCESSOR.includes(backend))
			return { losses, launches: null, step, reason: `it runs beside ${ON_PROCESSOR.join(', ')}` };
		if (!hasPytorch())
			return { losses, launches: null, step, reason: 'no Python with PyTorch is here' };
		const pytorch = (outside.pytorch = startPytorch(await page.call('describe', work)));
		try {
			while (losses.length < 2) losses.push((await pytorch.step()).loss);
			await pytorch.step();
			return { losses, launches: null, step };
		} catch (error) {
			return { losses, launches: null, step, reason: String(error) };
		}
	}
}

function table() {
	const lines = rows.map(({ work, backend, contender, medianMs, launches, rounds }) => {
		const ours = rows.find(
			(r) => r.work === work && r.backend === backend && r.contender === 'ours'
		);
		return [
			work,
			backend,
			contender,
			medianMs.toFixed(1),
			ours ? `${(medianMs / ours.medianMs).toFixed(1)}×` : '',
			launches === null ? '–' : String(launches),
			String(rounds)
		];
	});
	const head = ['work', 'backend', 'contender', 'ms a step', 'of ours', 'launches', 'rounds'];
	return [device, '', textTable(head, lines, 3)].join('\n');
}
