// `npm run bench:memory`: whether memory stays the same over many steps of a mixed set of networks, with evaluations,
// snapshots, cut shortcuts and looks inside in between.
import { ensureChromium } from '../scripts/browser.mjs';
import { BACKENDS, openPage } from '../scripts/page.mjs';
import { textTable } from '../scripts/table.mjs';
import { oneOf, positive, readArguments } from '../scripts/arguments.mjs';
import { describeMachine } from './report.mjs';

const NETWORKS = ['vgg-mini', 'googlenet-mini', 'se-mini', 'rezero-mini'].map(
	(name) => `${name}?width=2&size=8&channels=1`
);
const BATCH = 4;
/** The first count comes after this many steps, when all is allocated that is allocated once. */
const WARM = 100;

const HELP = `Usage: npm run bench:memory -- [--backend NAME] [--steps N] [--gpu]

Trains ${NETWORKS.join(', ')}
together on ${BATCH} images a step, and prints the number and size of buffers or textures and
the size of the page's heap after ${WARM} steps and at the end. Ends with 1 if the first two differ.

  --backend  ${BACKENDS.join(', ')} (wasm)
  --steps    (10000)
  --gpu      on the machine's graphics card, not on the software adapter`;

const { backend, steps, gpu } = readArguments(
	HELP,
	{
		backend: { type: 'string', default: 'wasm' },
		steps: { type: 'string', default: '10000' },
		gpu: { type: 'boolean', default: false }
	},
	({ backend, steps, gpu }) => ({
		backend: oneOf('--backend', backend, BACKENDS),
		steps: positive('--steps', steps),
		gpu
	})
);
await ensureChromium({ log: console.error });
const page = await openPage('/bench/memory-page.ts', 'begin', { gpu });
try {
	const { adapter, told } = await page.call('begin', backend, NETWORKS, BATCH);
	const devtools = await page.page.context().newCDPSession(page.page);
	/** @param {number} end */
	async function counted(end) {
		const { tensors, bytes } = await page.call('trainUntil', end);
		await devtools.send('HeapProfiler.collectGarbage');
		const { usedSize } = await devtools.send('Runtime.getHeapUsage');
		return { end, tensors, bytes, heap: usedSize };
	}
	const [first, last] = [await counted(WARM), await counted(steps)];
	const number = (/** @type {number} */ n) => n.toLocaleString('en');
	const rows = [first, last].map((row) => Object.values(row).map(number));
	const head = ['steps', 'buffers or textures', 'bytes', 'heap'];
	console.log(describeMachine(new Map(adapter ? [[backend, adapter]] : [])));
	console.log(`\n${backend}, ${number(told)} bytes told before\n`);
	console.log(textTable(head, rows));
	if (first.tensors !== last.tensors || first.bytes !== last.bytes) process.exitCode = 1;
} finally {
	await page.close();
}
