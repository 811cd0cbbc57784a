// `npm run bench:probes`: measures what share of a training step the lab's norms and standard deviations cost, or its
// histograms. Two engines in one page, with and without them, take turns.
import { ensureChromium } from '../scripts/browser.mjs';
import { openPage } from '../scripts/page.mjs';
import { textTable } from '../scripts/table.mjs';
import { oneOf, positive, readArguments } from '../scripts/arguments.mjs';
import { WORKS } from './names.mjs';
import { describeMachine, median } from './report.mjs';
import { timeInTurn } from './turns.mjs';

/** Backends whose engine can omit probes; all count histograms. */
const BACKENDS = /** @type {const} */ (['wasm', 'webgpu']);
const COUNTING = /** @type {const} */ ([...BACKENDS, 'webgl']);

/** Largest share of a step that probes may take. */
const LIMIT = 0.05;

/** Steps from one with histograms to the next, at first; later there are more (`lab/worker/counting.ts`). */
const HISTOGRAMS_EVERY = 10;

const HELP = `Usage: npm run bench:probes -- [--backend NAME] [--work NAME] [--rounds N] [--gpu]

Prints the median time of a training step with all probes and without any, and
the share of a step that they take; ends with 1 when that is above ${LIMIT * 100} %.
Histograms are counted in every ${HISTOGRAMS_EVERY}th step: the share printed is of the mean step.

  --backend  ${BACKENDS.join(' or ')}, with --histograms webgl too; by default all
  --work     ${WORKS.join(', ')}; by default the first
  --rounds   timed steps of each engine (20)
  --histograms  measures histograms instead of norms
  --gpu      on the machine's graphics card, not on the software adapter`;

const { backends, work, rounds, gpu, histograms } = readArguments(
	HELP,
	{
		backend: { type: 'string' },
		work: { type: 'string', default: WORKS[0] },
		rounds: { type: 'string', default: '20' },
		histograms: { type: 'boolean', default: false },
		gpu: { type: 'boolean', default: false }
	},
	({ backend, work, rounds, gpu, histograms }) => ({
		backends: backendsOf(backend, histograms ? COUNTING : BACKENDS),
		work: oneOf('--work', work, WORKS),
		rounds: positive('--rounds', rounds),
		gpu,
		histograms
	})
);
await ensureChromium({ log: console.error });
/** @type {Map<string, string>} */
const adapters = new Map();
/** @type {string[][]} */
const rows = [];
for (const backend of backends) await measure(backend);
if (rows.length) {
	const head = ['work', 'backend', 'ms with', 'ms without', 'share', 'rounds'];
	console.log([describeMachine(adapters), '', textTable(head, rows, 2)].join('\n'));
}

/**
 * @param {string | undefined} asked
 * @param {readonly ['wasm', 'webgpu'] | readonly ['wasm', 'webgpu', 'webgl']} known
 */
function backendsOf(asked, known) {
	return asked === undefined ? known : [oneOf('--backend', asked, known)];
}

/** @param {string} backend */
async function measure(backend) {
	const page = await openPage('/bench/page.ts', 'describe', { gpu });
	try {
		const opened = await page.call('open', backend);
		if (opened.reason) throw new Error(opened.reason);
		if (opened.adapter) adapters.set(backend, opened.adapter);
		const contenders = histograms
			? /** @type {const} */ (['with-histograms', 'ours'])
			: /** @type {const} */ (['ours', 'without-probes']);
		const [withAll, without] = await timeInTurn(page, contenders, { work, backend, rounds });
		const all = median(withAll);
		const bare = median(without);
		// Compares consecutive steps, because a busy machine slows both.
		const shareOfOne = median(withAll.map((ms, i) => 1 - without[i] / ms));
		// Of the mean step, if one in ten takes the longer time.
		const longer = shareOfOne / (1 - shareOfOne) / HISTOGRAMS_EVERY;
		const share = histograms ? longer / (1 + longer) : shareOfOne;
		if (!(share <= LIMIT)) process.exitCode = 1;
		rows.push([
			work,
			backend,
			all.toFixed(2),
			bare.toFixed(2),
			`${(share * 100).toFixed(1)} %`,
			String(rounds)
		]);
	} catch (error) {
		console.error(`${backend} ${work}: ${error instanceof Error ? error.message : error}`);
		process.exitCode = 1;
	} finally {
		await page.close();
	}
}
