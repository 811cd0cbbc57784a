// Lints the Python of the project, of what is exported too, and checks its format; `--write` mends both where it can.
import { ensureRuff } from './python.mjs';
import { ROOT } from './run.mjs';
import { runs } from './system.mjs';

const write = process.argv.includes('--write');
const python = ensureRuff();
if (!python) console.log('No Ruff could be installed: the lint of Python is passed over.');
else {
	const commands = [
		['check', '--quiet', ...(write ? ['--fix'] : []), ROOT],
		['format', '--quiet', ...(write ? [] : ['--diff']), ROOT]
	];
	if (!commands.every((command) => runs([python, '-m', 'ruff', ...command]))) {
		console.error('npm run format mends the format of Python too.');
		process.exit(1);
	}
}
