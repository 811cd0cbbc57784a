// `npm run --silent read -- PATH|LINK… [--into NETWORK] [--json]`: says what the app makes of files and links, by the
// app's own code in headless Chromium. A teacher can check a set of images, weights or a link before class.
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fromHere, readArguments } from './arguments.mjs';
import { ensureChromium } from './browser.mjs';
import { loadModule } from './load.mjs';
import { openPage } from './page.mjs';
import { ROOT } from './run.mjs';
import { compileTexts } from './texts.mjs';

const HELP = `Usage: npm run --silent read -- PATH|LINK… [--into NETWORK] [--json]

Says what the app makes of each file, folder or link: images by class, weights, the
record of a run, or the experiment of a link; what is left out, warned of or refused.
Ends with 1 when one is refused, with 2 when an argument is not usable.

  --into NETWORK   what of the weights this network takes, by its name in links, such
                   as resnet-18 or cifar-resnet-20?width=8&size=16&channels=1
  --json           a list with one object for each path:
                   {path, kind: "images"|"weights"|"record"|"link"|"unknown", id?,
                   shape?, mean?, std? (by channel, of values from 0 to 1),
                   classes?: [{name, train, test}], leftOut: [{reason, count,
                   examples}], warnings: [{code, text}], taken?, experiment?,
                   error?: {code, text}}`;

const { parseName } = await loadModule('network');
const { paths, into, json } = readArguments(
	HELP,
	{ into: { type: 'string' }, json: { type: 'boolean', default: false } },
	({ into, json }, paths) => {
		if (paths.length === 0) throw new Error('expected at least one path or link');
		if (into !== undefined) parseName(into);
		for (const path of paths)
			if (!isLink(path) && !existsSync(fromHere(path)))
				throw new Error(`${path}: no such file, folder or link`);
		return { paths, into: into ?? null, json };
	},
	{ takesNames: true }
);
if (!existsSync(join(ROOT, 'src/lib/paraglide/messages.js'))) await compileTexts();
/** Names of the lessons. */
const LESSONS = readdirSync(join(ROOT, 'src/lib/lessons/content')).sort();
await ensureChromium({ log: console.error });
const page = await openPage('/scripts/read-page.ts', 'readField');
/** @type {import('./read-page').Reading[]} */
const readings = [];
try {
	for (const path of paths) readings.push(await read(path));
} finally {
	await page.close();
}
console.log(json ? JSON.stringify(readings, null, '\t') : readings.map(sentences).join('\n\n'));
process.exit(readings.some(({ error }) => error) ? 1 : 0);

/**
 * @param {string} path
 * @returns {Promise<import('./read-page').Reading>}
 */
async function read(path) {
	const file = fromHere(path);
	/** @type {import('./read-page').Reading} */
	let reading;
	if (isLink(path)) reading = await page.call('readLink', path, LESSONS);
	else {
		const folder = statSync(file).isDirectory();
		await page.page.setInputFiles(folder ? '#folder' : '#file', file);
		reading = await page.call('readField', folder, into);
	}
	return { path, ...reading, leftOut: reading.leftOut ?? [] };
}

/**
 * Whether it is an address or a part of one, not a path that exists.
 * @param {string} path
 */
function isLink(path) {
	return !existsSync(fromHere(path)) && /:\/\/|[?？&]|=/.test(path);
}

/** @param {import('./read-page').Reading & {path?: string}} reading */
function sentences(reading) {
	const { path, kind, leftOut = [], warnings, error } = reading;
	const lines = [`${path}: ${kind}`];
	if (error) lines.push(`  refused (${error.code}): ${error.text}`);
	for (const key of [
		'title',
		'id',
		'shape',
		'mean',
		'std',
		'format',
		'tensors',
		'fits',
		'taken',
		'steps',
		'page'
	])
		if (reading[key] !== undefined) lines.push(`  ${key}: ${[reading[key]].flat().join(', ')}`);
	if (Array.isArray(reading.classes))
		for (const { name, train, test } of reading.classes)
			lines.push(`  class ${name}: ${train} to train, ${test} to test`);
	for (const { count, text, examples } of leftOut)
		lines.push(`  left out: ${count} ${text} (${examples.slice(0, 3).join(', ')})`);
	for (const { code, text } of warnings) lines.push(`  note (${code}): ${text}`);
	return lines.join('\n');
}
