/** Runs the tests' Python scripts on exported files. */
import { execFile } from 'node:child_process';
import { delimiter, resolve } from 'node:path';
import { findKeras, findTorch, KERAS_ENV } from '../../../../scripts/python.mjs';

const EXPORT = 'src/lib/export';

const keras = findKeras();
/** The Python that runs code for Keras: one with Keras, else one with the stand-in on PyTorch, else null. */
export const KERAS = {
	name: keras ? 'Keras' : 'the stand-in for Keras',
	python: keras ?? findTorch(),
	folders: keras ? [] : ['testing/stand_in']
};

/**
 * Runs a script of this folder.
 * @param folders from which it also imports: relative to `src/lib/export`, or absolute
 * @param input value that it reads as JSON
 * @returns the JSON of each line that it prints
 */
export function runTesting<T>(
	python: string,
	script: string,
	folders: readonly string[],
	input: unknown
): Promise<T[]> {
	const path = [...folders, 'testing'].map((folder) => resolve(EXPORT, folder));
	const env = { ...process.env, ...KERAS_ENV, PYTHONPATH: path.join(delimiter) };
	return new Promise((done, fail) => {
		const child = execFile(
			python,
			[resolve(EXPORT, 'testing', script)],
			{ env, maxBuffer: 64e6 },
			(error, stdout) => {
				if (error) fail(error);
				else
					done(
						stdout
							.trim()
							.split('\n')
							.map((line) => JSON.parse(line) as T)
					);
			}
		);
		child.stdin!.end(JSON.stringify(input));
	});
}

/**
 * Python's arguments that run a program in two processes. The launcher listens on a free port, because test files run in
 * parallel, and with the fixed port of `--standalone` in PyTorch 1.13 the second launcher would hang on the first.
 */
export const TWO_PROCESSES = [
	...['-m', 'torch.distributed.run', '--nproc_per_node=2'],
	...['--rdzv_backend=c10d', '--rdzv_endpoint=localhost:0'],
	// torchrun of PyTorch 1.13 needs these to start under Python 3.11.
	...['--redirects', '1', '--tee', '1']
];
