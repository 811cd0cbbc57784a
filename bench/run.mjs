// `npm run bench`: one training step of the app's engine beside stock tfjs, on the same work in the same page,
// in rounds, so that a machine that slows down slows both.
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { ensureChromium } from '../scripts/browser.mjs';
import { openPage } from '../scripts/page.mjs';
import { BACKENDS, CONTENDERS, DEFAULT_BACKENDS, WORKS } from './names.mjs';

/** Relative difference of the first losses that is still rounding. */
const AGREEMENT = 1e-3;

const HELP = `Usage: npm run bench -- [--backend NAME] [--work NAME] [--contender NAME]…
                         [--rounds N] [--budget SECONDS] [--json]

Prints the median time of a training step of each contender and how many kernels it
launches. Checks that all start with the same losses, and ends with 1 when they do not.

  --backend    ${BACKENDS.join(', ')}; by default ${DEFAULT_BACKENDS.join(', ')}
  --work       ${WORKS.join(', ')}; by default all
  --contender  ${CONTENDERS.join(', ')}; by default all
  --rounds     timed steps of each contender (5)
  --budget     seconds after which a contender gets fewer rounds, at least one (60)`;

const options = readArguments();
await ensureChromium({ log: console.error });
/** @type {{work: string, backend: string, contender: string, medianMs: number, launches: number | null, rounds: number}[]} */
const rows = [];
let agreed = true;
let adapter = '';
for (const backend of options.backends)
	for (const work of options.works) await measure(work, backend);

const device = [`${cpus()[0].model}, ${cpus().length} cores`, adapter].filter(Boolean).join('; ');
console.log(options.json ? JSON.stringify({ device, rows }, null, '\t') : table());
process.exit(agreed ? 0 : 1);

/**
 * All contenders on one work, each in turn.
 * @param {string} work
 * @param {string} backend
 */
async function measure(work, backend) {
	const page = await openPage('/bench/page.ts', 'launchesOf');
	try {
		adapter = (await page.call('open', backend)) || adapter;
		/** @type {Map<string, number[]>} */
		const times = new Map();
		/** @type {number[] | null} */
		let expected = null;
		for (const contender of options.contenders) {
			console.error(`${backend} ${work}: starting ${contender}`);
			/** @type {number[]} */
			const losses = await page.call('start', contender, work, backend);
			times.set(contender, []);
			expected ??= losses;
			for (const [i, loss] of losses.entries())
				if (!(Math.abs(loss / expected[i] - 1) <= AGREEMENT)) {
					agreed = false;
					console.error(
						`${backend} ${work}: ${contender} has loss ${loss} at step ${i + 1}, ${options.contenders[0]} ${expected[i]}`
					);
				}
		}
		for (let round = 0; round < options.rounds; round++)
			for (const [contender, list] of times) {
				const spent = list.reduce((sum, ms) => sum + ms, 0);
				if (round > 0 && spent > options.budget * 1000) continue;
				list.push(await page.call('time', contender));
			}
		for (const [contender, list] of times)
			rows.push({
				work,
				backend,
				contender,
				medianMs: Number(median(list).toFixed(3)),
				launches: await page.call('launchesOf', contender, backend),
				rounds: list.length
			});
	} catch (error) {
		console.error(`${backend} ${work}: ${error instanceof Error ? error.message : error}`);
		agreed = false;
	} finally {
		await page.close();
	}
}

/** @param {number[]} values */
function median(values) {
	const sorted = [...values].sort((a, b) => a - b);
	const middle = sorted.length / 2;
	return (sorted[Math.ceil(middle) - 1] + sorted[Math.floor(middle)]) / 2;
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
	const widths = head.map((name, i) =>
		Math.max(name.length, ...lines.map((line) => line[i].length))
	);
	return [
		device,
		'',
		...[head, ...lines].map((line) =>
			line
				.map((cell, i) => (i < 3 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])))
				.join('  ')
				.trimEnd()
		)
	].join('\n');
}

function readArguments() {
	try {
		const { values } = parseArgs({
			options: {
				backend: { type: 'string' },
				work: { type: 'string' },
				contender: { type: 'string', multiple: true },
				rounds: { type: 'string', default: '5' },
				budget: { type: 'string', default: '60' },
				json: { type: 'boolean', default: false },
				help: { type: 'boolean', short: 'h', default: false }
			}
		});
		if (values.help) {
			console.log(HELP);
			process.exit(0);
		}
		return {
			backends: chosen('--backend', values.backend, BACKENDS) ?? DEFAULT_BACKENDS,
			works: chosen('--work', values.work, WORKS) ?? WORKS,
			contenders: values.contender?.flatMap((c) => chosen('--contender', c, CONTENDERS) ?? []) ?? [
				...CONTENDERS
			],
			rounds: positive('--rounds', values.rounds),
			budget: positive('--budget', values.budget),
			json: values.json
		};
	} catch (error) {
		console.error(`${error instanceof Error ? error.message : error}\n\n${HELP}`);
		process.exit(2);
	}
}

/**
 * @param {string} option
 * @param {string | undefined} value
 * @param {readonly string[]} known
 */
function chosen(option, value, known) {
	if (value === undefined) return null;
	if (!known.includes(value))
		throw new Error(`${option} ${value}: expected one of ${known.join(', ')}`);
	return [value];
}

/**
 * @param {string} option
 * @param {string} value
 */
function positive(option, value) {
	const number = Number(value);
	if (!Number.isInteger(number) || number < 1)
		throw new Error(`${option} ${value}: expected a whole number from 1`);
	return number;
}
