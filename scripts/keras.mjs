// Finds a Python with Keras for the tests of what is exported to it. It is not installed: Debian has no package of it, and
// the tests then run the code on a stand-in of their own.
import { spawnSync } from 'node:child_process';

/** `PYTHON`, else one of the system's; null when none has Keras. */
export function findKeras() {
	const candidates = [process.env.PYTHON, 'python3', '/usr/bin/python3'];
	return (
		candidates
			.filter((name) => name !== undefined)
			.find((name) => spawnSync(name, ['-c', 'import keras.ops']).status === 0) ?? null
	);
}
