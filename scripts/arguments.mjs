// Reads the arguments of commands.
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

/**
 * Parses the command line; prints the help and ends where it is asked for or a value is wrong.
 * @template {import('node:util').ParseArgsConfig['options']} O
 * @template T
 * @param {string} help
 * @param {O} options
 * @param {(values: ReturnType<typeof parseArgs<{options: O}>>['values'], names: string[]) => T} read may throw, naming the
 *   value; `names` are the arguments that are no options
 * @param {{takesNames?: boolean}} [more] whether there may be such arguments
 * @returns {T}
 */
export function readArguments(help, options, read, { takesNames = false } = {}) {
	try {
		/** @type {{values: any, positionals: string[]}} */
		const { values, positionals } = parseArgs({
			options: { ...options, help: { type: 'boolean', short: 'h', default: false } },
			allowPositionals: takesNames
		});
		if (values.help) {
			console.log(help);
			process.exit(0);
		}
		return read(values, positionals);
	} catch (error) {
		console.error(`${error instanceof Error ? error.message : error}\n\n${help}`);
		process.exit(2);
	}
}

/**
 * @template {string} T
 * @param {string} option
 * @param {string} value
 * @param {readonly T[]} known
 * @returns {T} the value
 * @throws {Error} naming it and those that there are
 */
export function oneOf(option, value, known) {
	const found = known.find((name) => name === value);
	if (found === undefined)
		throw new Error(`${option} ${value}: expected one of ${known.join(', ')}`);
	return found;
}

/**
 * @param {string} option
 * @param {string} value
 */
export const positive = (option, value) => wholeFrom(1, option, value);

/**
 * @param {number} least
 * @param {string} option
 * @param {string} value
 */
export function wholeFrom(least, option, value) {
	const number = Number(value);
	if (!Number.isInteger(number) || number < least)
		throw new Error(`${option} ${value}: expected a whole number from ${least}`);
	return number;
}

/**
 * A path as the user gave it: npm runs a script in the project's root, wherever it was called.
 * @param {string} path
 */
export const fromHere = (path) => resolve(process.env.INIT_CWD ?? '', path);
