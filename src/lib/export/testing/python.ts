/** Runs the Python of tests on the files that an export holds. */
import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { delimiter } from 'node:path';
import { KERAS_ENV } from '../../../../scripts/python.mjs';

const EXPORT = 'src/lib/export';

/**
 * Runs a script of this folder.
 * @param folders besides this one, from which it imports: under `src/lib/export`, or `scripts`
 * @param input what it reads, as JSON
 * @returns the JSON of each line that it prints
 */
export function runTesting<T>(
	python: string,
	script: string,
	folders: readonly string[],
	input: unknown
): Promise<T[]> {
	const path = [...folders, 'testing'].map((folder) =>
		resolve(folder === 'scripts' ? folder : `${EXPORT}/${folder}`)
	);
	const env = { ...process.env, ...KERAS_ENV, PYTHONPATH: path.join(delimiter) };
	return new Promise((done, fail) => {
		const options = { env, maxBuffer: 64e6 };
		const child = execFile(
			python,
			[resolve(EXPORT, 'testing', script)],
			options,
			(error, stdout) =>
				error
					? fail(error)
					: done(
							stdout
								.trim()
								.split('\n')
								.map((line) => JSON.parse(line) as T)
						)
		);
		child.stdin!.end(JSON.stringify(input));
	});
}
