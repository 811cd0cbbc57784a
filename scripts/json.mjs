// How commands write measured numbers as JSON.
import { writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';

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
