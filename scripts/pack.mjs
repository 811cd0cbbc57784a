// `npm run pack`: packs the built app with one-file servers, as a folder and as a zip, for a USB stick.
import {
	cpSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	rmSync,
	statSync,
	writeFileSync
} from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { zipSync } from 'fflate';
import { readArguments } from './arguments.mjs';
import { BUILT, buildIfStale } from './build.mjs';
import { endOnSignals, ROOT } from './run.mjs';

const NAME = 'residual-explorer';
const HELP = `Usage: npm run pack -- [--out FOLDER]

Writes FOLDER/${NAME}/ and FOLDER/${NAME}.zip: the app, and servers of one file for
Node and for Python. It then runs on any machine that has either, without a network.

  --out   where to (default: pack)`;

endOnSignals();
const { out } = readArguments(HELP, { out: { type: 'string', default: 'pack' } }, ({ out }) => ({
	out: resolve(ROOT, String(out))
}));
await buildIfStale();
const folder = join(out, NAME);
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
cpSync(join(ROOT, 'scripts/pack'), folder, { recursive: true });
cpSync(BUILT, join(folder, 'app'), { recursive: true });
cpSync(join(ROOT, 'LICENSE'), join(folder, 'LICENSE'));

const files = readdirSync(folder, { recursive: true, withFileTypes: true })
	.filter((entry) => entry.isFile())
	.map((entry) => join(entry.parentPath, entry.name));
const zip = `${folder}.zip`;
writeFileSync(
	zip,
	zipSync(
		Object.fromEntries(
			files.map((file) => [
				`${NAME}/${relative(folder, file).split(sep).join('/')}`,
				new Uint8Array(readFileSync(file))
			])
		),
		{ level: 6 }
	)
);
const size = files.reduce((sum, file) => sum + statSync(file).size, 0);
const megabytes = (/** @type {number} */ bytes) => `${(bytes / 1e6).toFixed(1)} MB`;
console.log(`${folder}  (${files.length} files, ${megabytes(size)})`);
console.log(`${zip}  (${megabytes(statSync(zip).size)})`);
