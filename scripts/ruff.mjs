// Lints all Python code, exported files included, and checks its format; `--write` fixes both where it can.
import { ensureRuff } from './python.mjs';
import { ROOT } from './run.mjs';
import { runs } from './system.mjs';

const write = process.argv.includes('--write');
const python = ensureRuff();
if (!python) console.log('Ruff could not be installed: Python is not linted.');
else {
	const commands = [
		['check', '--quiet', ...(write ? ['--fix'] : []), ROOT],
		['format', '--quiet', ...(write ? [] : ['--diff']), ROOT]
	];
	if (!commands.every((command) => runs([python, '-m', 'ruff', ...command]))) {
		console.error('npm run format also formats Python.');
		process.exit(1);
	}
}
