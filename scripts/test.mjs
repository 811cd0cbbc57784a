// `npm test`: runs every check that a change must pass, even in a bare clone.
// Named steps run alone: `npm test -- lint unit`. What needs no browser runs beside the tests that do, which wait for
// pages half of their time.
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ensureChromium } from './browser.mjs';
import { BROWSERS, ensureBrowsers, installedBrowsers } from './browsers.mjs';
import { checkNode, installPackages } from './install.mjs';
import { ensureOnnxRuntime } from './onnx.mjs';
import { ensurePython } from './python.mjs';
import { endOnSignals, ROOT, run, runTool } from './run.mjs';
import { compileTexts } from './texts.mjs';

const REPORTS = join(ROOT, '.cache/tests');

/**
 * @param {string} project
 * @param {Parameters<typeof run>[2]} [options]
 */
const vitest = (project, options) => () =>
	runTool(
		'vitest',
		[
			'run',
			'--project',
			project,
			'--passWithNoTests',
			'--reporter=default',
			'--reporter=json',
			`--outputFile.json=${join(REPORTS, `${project}.json`)}`
		],
		options
	);

/**
 * @param {string} report name of the file that it writes
 * @param {string[]} projects
 */
const playwright = (report, projects) =>
	runTool(
		'@playwright/test',
		[
			'test',
			'--pass-with-no-tests',
			'--reporter=list,json',
			...projects.map((name) => `--project=${name}`)
		],
		{
			command: 'playwright',
			env: { PLAYWRIGHT_JSON_OUTPUT_FILE: join(REPORTS, `${report}.json`) }
		}
	);

/** Beside tests in browsers, which print at the same time and whose pages must not wait. */
const beside = { whole: true, aside: true };

/**
 * A step of the tests: those in a browser run one after another, beside the others.
 * @typedef {{name: string, what: string, run: () => Promise<number>, browser?: true}} Step
 */
/**
 * The steps in the order in which they run.
 * @type {Step[]}
 */
const STEPS = [
	{
		name: 'format',
		what: 'format check',
		run: () => runTool('prettier', ['--check', '.'], beside)
	},
	{
		name: 'lint',
		what: 'lint, Python too; unused exports; import cycles',
		run: async () =>
			(await runTool('eslint', ['.'], beside)) ||
			(await runTool('knip', ['--no-progress'], beside)) ||
			run(process.execPath, [join(ROOT, 'scripts/ruff.mjs')], beside)
	},
	{
		name: 'types',
		what: 'type check',
		run: () => runTool('svelte-check', ['--fail-on-warnings'], beside)
	},
	{ name: 'unit', what: 'unit tests', run: vitest('unit', beside) },
	{ name: 'browser', what: 'browser tests', run: vitest('browser'), browser: true },
	{
		name: 'e2e',
		what: 'end-to-end tests',
		run: () => playwright('e2e', ['chromium']),
		browser: true
	},
	{
		name: 'browsers',
		what: 'smoke tests in Firefox and WebKit',
		run: async () => {
			const installed = installedBrowsers();
			const missing = BROWSERS.filter((name) => !installed.includes(name));
			if (missing.length) console.log(`Skipped, because not installed: ${missing.join(', ')}.`);
			return installed.length ? playwright('browsers', installed) : 0;
		},
		browser: true
	}
];

/** A step that ended with an exit code other than 0. */
class StepError extends Error {
	/**
	 * @param {string} what
	 * @param {number} exitCode
	 */
	constructor(what, exitCode) {
		super(`${what} (exit code ${exitCode}). Its messages are above.`);
		this.exitCode = exitCode;
	}
}

endOnSignals();
checkNode();
const steps = chosenSteps(process.argv.slice(2));
/** @type {{what: string, seconds: number}[]} */
const done = [];
try {
	await timed('packages', async () => (await installPackages(), 0));
	if (steps.some(({ browser }) => browser))
		await timed('browser found or installed', async () => (await ensureChromium(), 0));
	if (steps.some(({ name }) => name === 'browsers'))
		await timed('Firefox and WebKit found or installed', async () => (ensureBrowsers(), 0));
	if (steps.some(({ name }) => name === 'unit' || name === 'e2e'))
		await timed('PyTorch, Keras and ONNX found or installed', async () => {
			ensurePython();
			ensureOnnxRuntime();
			return 0;
		});
	await timed('generated code', prepare);
	rmSync(REPORTS, { recursive: true, force: true });
	mkdirSync(REPORTS, { recursive: true });
	await Promise.all([
		inTurn(steps.filter(({ browser }) => !browser)),
		inTurn(steps.filter(({ browser }) => browser))
	]);
} catch (error) {
	summarise();
	console.error(`\nFailed: ${error instanceof Error ? error.message : error}`);
	process.exit(error instanceof StepError ? error.exitCode : 1);
}
summarise();

/** @param {string[]} names */
function chosenSteps(names) {
	const unknown = names.filter((name) => !STEPS.some((step) => step.name === name));
	if (unknown.length) {
		const known = STEPS.map(({ name, what }) => `  ${name.padEnd(9)}${what}`).join('\n');
		const asked = names.includes('--help') || names.includes('-h');
		if (!asked) console.error(`Unknown step: ${unknown.join(', ')}.\n`);
		console.log(`Usage: npm test [-- STEP…]\n\nSteps, all of them by default:\n${known}`);
		process.exit(asked ? 0 : 2);
	}
	return STEPS.filter(({ name }) => names.length === 0 || names.includes(name));
}

/** Generates the code that the repository does not hold but linter, type check and tests import. */
async function prepare() {
	const synced = await runTool('@sveltejs/kit', ['sync'], { command: 'svelte-kit', quiet: true });
	if (synced !== 0) return synced;
	return compileTexts();
}

/** @param {readonly Step[]} steps */
async function inTurn(steps) {
	for (const { what, run } of steps) await timed(what, run);
}

/**
 * Announces and times a step.
 * @param {string} what
 * @param {() => Promise<number>} run returns an exit code
 */
async function timed(what, run) {
	console.log(`\n── ${what} ${'─'.repeat(Math.max(4, 74 - what.length))}`);
	const started = performance.now();
	const code = await run();
	done.push({ what, seconds: (performance.now() - started) / 1000 });
	if (code !== 0) throw new StepError(what, code);
}

function summarise() {
	console.log(`\n── summary ${'─'.repeat(67)}`);
	for (const { what, seconds } of done) console.log(`${what.padEnd(28)}${seconds.toFixed(1)} s`);
	const counts = testCounts();
	if (!counts) return;
	const skipped = counts.skipped ? `, ${counts.skipped} skipped` : '';
	console.log(`\n${counts.passed} passed, ${counts.failed} failed${skipped}`);
}

/** Adds up the reports of the test runners; null if none has run. */
function testCounts() {
	const counts = [
		...['unit', 'browser'].flatMap(vitestCounts),
		...['e2e', 'browsers'].flatMap(playwrightCounts)
	];
	if (counts.length === 0) return null;
	return counts.reduce((sum, { passed, failed, skipped }) => ({
		passed: sum.passed + passed,
		failed: sum.failed + failed,
		skipped: sum.skipped + skipped
	}));
}

/** @param {string} project */
function vitestCounts(project) {
	return readReport(`${project}.json`).map((report) => ({
		passed: report.numPassedTests,
		failed: report.numFailedTests,
		skipped: report.numPendingTests + report.numTodoTests
	}));
}

/** @param {string} step */
function playwrightCounts(step) {
	return readReport(`${step}.json`).map(({ stats }) => ({
		passed: stats.expected + stats.flaky,
		failed: stats.unexpected,
		skipped: stats.skipped
	}));
}

/** @param {string} file */
function readReport(file) {
	try {
		return [JSON.parse(readFileSync(join(REPORTS, file), 'utf8'))];
	} catch {
		return []; // The step has not run.
	}
}
