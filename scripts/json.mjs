// How commands write measured numbers as JSON.
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { format, resolveConfig } from 'prettier';

/**
 * When and with what numbers are measured: `2026-11-28, wasm in headless Chromium, AMD EPYC`.
 * @param {string} [what] what computes them; by default the app, in the browser of the commands
 */
export function measuredNow(what = `wasm in headless Chromium, ${cpus()[0].model.trim()}`) {
	return `${new Date().toISOString().slice(0, 10)}, ${what}`;
}

/**
 * Writes a value in the format of the project's files, its numbers with five digits, enough for every judgement.
 * @param {string} path
 * @param {unknown} value
 */
export async function writeNumbers(path, value) {
	const text = JSON.stringify(value, fiveDigits, '\t');
	writeFileSync(path, await format(text, { ...(await resolveConfig(path)), filepath: path }));
}

/**
 * @param {string} _
 * @param {unknown} value
 */
const fiveDigits = (_, value) =>
	typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(5)) : value;
