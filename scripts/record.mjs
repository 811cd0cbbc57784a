// `npm run record`: trains an experiment in the app's engine and writes a recorded run, small enough to ship.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { basename, join, resolve } from 'node:path';
import packageJson from '../package.json' with { type: 'json' };
import { oneOf, positive, readArguments, wholeFrom } from './arguments.mjs';
import { ensureChromium } from './browser.mjs';
import { EXPERIMENT_HELP, findExperiment, USUAL_DEPTH } from './experiment.mjs';
import { loadModule } from './load.mjs';
import { BACKENDS, openPage } from './page.mjs';
import { endOnSignals, ROOT } from './run.mjs';

/** @type {typeof import('../src/lib/lab/experiment/recordings')} */
const { RECORDED_STUDIES, recordedExperiment, recordingName, RECORDINGS } = await loadModule(
	'lab/experiment/recordings.ts'
);

const HELP = `Usage: npm run record -- EXPERIMENT --out FILE [options]
       npm run record -- --shipped

Trains an experiment in headless Chromium and writes it as a recorded run (a zip file), which
the lab opens like a record. If you stop it, the same command continues where it was.

${EXPERIMENT_HELP}
  --out FILE       the file to write
  --backend NAME   ${BACKENDS.join(', ')} (default: wasm)
  --steps N        training steps (default: as many as a preset is judged by, else 200; 0 to measure only)
  --depth N        of a preset's deepest networks (default: ${USUAL_DEPTH}, or the one it needs)
  --study NAME     study to measure after training, may be repeated: ${RECORDED_STUDIES.join(', ')}
  --gpu            compute on the graphics card, not on the software adapter
  --shipped        record the app's own runs that are missing in static/recordings/`;

/** @typedef {import('../src/lib/lab/experiment/experiment').Experiment} Experiment */
/** @typedef {{experiment: Experiment, steps: number, studies: readonly string[], out: string}} Job */

endOnSignals();
const { jobs, backend, gpu } = readArguments(
	HELP,
	{
		out: { type: 'string' },
		backend: { type: 'string', default: 'wasm' },
		steps: { type: 'string' },
		depth: { type: 'string' },
		study: { type: 'string', multiple: true, default: [] },
		gpu: { type: 'boolean', default: false },
		shipped: { type: 'boolean', default: false }
	},
	(values, [name, ...more]) => {
		const common = { backend: oneOf('--backend', values.backend, BACKENDS), gpu: values.gpu };
		if (values.shipped) return { jobs: missingRecordings(), ...common };
		if (name === undefined || more.length)
			throw new Error(
				`expected one experiment, received ${name === undefined ? 0 : 1 + more.length}`
			);
		if (!values.out) throw new Error('--out: expected the file to write');
		const depth = values.depth === undefined ? null : positive('--depth', values.depth);
		const { experiment, steps } = findExperiment(name, depth);
		/** @type {Job} */
		const job = {
			experiment,
			steps: values.steps === undefined ? steps : wholeFrom(0, '--steps', values.steps),
			studies: values.study.map((study) => oneOf('--study', study, RECORDED_STUDIES)),
			out: resolve(values.out)
		};
		return { jobs: [job], ...common };
	},
	{ takesNames: true }
);
await ensureChromium({ log: console.error });
for (const job of jobs) await record(job);

/** @returns {Job[]} */
function missingRecordings() {
	return RECORDINGS.map((each) => ({
		experiment: recordedExperiment(each),
		steps: each.steps,
		studies: each.studies ?? [],
		out: join(ROOT, 'static/recordings', `${recordingName(each)}.zip`)
	})).filter(({ out }) => !existsSync(out));
}

/** @param {Job} job */
async function record({ out, ...job }) {
	// Not beside the output file, because everything in static/ becomes part of the app.
	const profile = join(ROOT, '.cache/recordings', basename(out));
	mkdirSync(profile, { recursive: true });
	const asked = JSON.stringify({ out, ...job, backend });
	const begun = join(profile, 'job.json');
	if (existsSync(begun) && JSON.parse(readFileSync(begun, 'utf8')).asked !== asked) {
		console.error(
			`${profile} holds the beginning of another run: remove it, or choose another --out.`
		);
		process.exit(1);
	}
	// The browser's storage belongs to an origin, so the port must be the same again.
	const port = existsSync(begun) ? JSON.parse(readFileSync(begun, 'utf8')).port : 0;
	const page = await openPage('/scripts/record-page.ts', 'recordRun', { gpu, profile, port });
	writeFileSync(begun, JSON.stringify({ asked, port: page.port }));
	let said = '';
	await page.page.exposeFunction(
		'recordProgress',
		(/** @type {string} */ what, /** @type {number} */ done, /** @type {number} */ of) => {
			const now = `${what} ${Math.floor((20 * done) / of) * 5} %`;
			if (now !== said) console.error(`${out}: ${now} (${done} of ${of})`);
			said = now;
		}
	);
	const [{ model }] = cpus();
	try {
		const file = await page.call('recordRun', {
			...job,
			backend,
			machine: gpu
				? `${model.trim()}, with its graphics card`
				: `${model.trim()}, ${cpus().length} threads`,
			app: `${packageJson.name} ${packageJson.version}`
		});
		const bytes = Buffer.from(file, 'base64');
		writeFileSync(out, bytes);
		console.error(`${out}: ${(bytes.length / 1024).toFixed(0)} KB`);
	} finally {
		await page.close();
	}
	rmSync(profile, { recursive: true, force: true });
}
