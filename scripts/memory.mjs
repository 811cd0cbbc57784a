// `npm run --silent memory`: prints what a training step keeps in memory on our kernels, layer by layer.
import { oneOf, positive, readArguments } from './arguments.mjs';
import { loadModule } from './load.mjs';
import { RULE, textTable } from './table.mjs';

const SHORTCUTS = /** @type {const} */ (['A', 'B', 'C', 'none']);

const HELP = `Usage: npm run --silent memory -- [--depth N] [--width N] [--size N] [--channels N]
                                 [--batch N] [--shortcut NAME]

Prints the feature maps that each layer of a CIFAR network keeps for one training
step, the gradient maps that all layers share, the parameters, and the total.

  --depth     6n + 2 (20)
  --width     channels of the first stage (16)
  --size      height and width of the input (32)
  --channels  channels of the input (3)
  --batch     images (128)
  --shortcut  ${SHORTCUTS.join(', ')} (A)`;

const { batch, ...options } = readArguments(
	HELP,
	{
		depth: { type: 'string', default: '20' },
		width: { type: 'string', default: '16' },
		size: { type: 'string', default: '32' },
		channels: { type: 'string', default: '3' },
		batch: { type: 'string', default: '128' },
		shortcut: { type: 'string', default: 'A' }
	},
	({ depth, width, size, channels, batch, shortcut }) => ({
		depth: positive('--depth', depth),
		width: positive('--width', width),
		size: positive('--size', size),
		channels: positive('--channels', channels),
		batch: positive('--batch', batch),
		shortcut: oneOf('--shortcut', shortcut, SHORTCUTS)
	})
);
/** @type {typeof import('../src/lib/network')} */
const { CIFAR_DEFAULTS, cifarNetwork } = await loadModule('network');
/** @type {typeof import('../src/lib/engine/plan/plan')} */
const { mapSize, planBytes, shapeKey } = await loadModule('engine/plan/plan.ts');
/** @type {typeof import('../src/lib/engine/plan/compile')} */
const { compile } = await loadModule('engine/plan/compile.ts');

/** @typedef {import('../src/lib/engine/plan/plan').MapShape} MapShape */

try {
	console.log(report(compile(cifarNetwork({ ...CIFAR_DEFAULTS, ...options }))));
} catch (error) {
	if (!(error instanceof RangeError)) throw error;
	console.error(error.message);
	process.exit(2);
}

/** @param {import('../src/lib/engine/plan/plan').Plan} plan */
function report(plan) {
	const { buffers, forward } = plan;
	const image = ['image', '', bytes([buffers[0]]), ...shape(buffers[0])];
	const layers = forward.flatMap((op) =>
		op.kind === 'combine'
			? [[op.node, 'y, z', bytes([buffers[op.y], buffers[op.z]]), ...shape(buffers[op.z])]]
			: []
	);
	// The image and the maps of the layers come first.
	const gradients = buffers.slice(1 + 2 * layers.length);
	const shared = [...new Set(gradients.map(shapeKey))].map((key) => {
		const equal = gradients.filter((map) => shapeKey(map) === key);
		return ['gradients', `${equal.length} maps`, bytes(equal), ...shape(equal[0])];
	});
	const { parameters, maps, total } = planBytes([plan], batch);
	const number = (/** @type {number} */ n) => n.toLocaleString('en');
	const sums = [
		['maps', '', number(maps), ''],
		['parameters', '', number(parameters), `${number(plan.network.parameterCount)} × 6`],
		['total', '', number(total), '']
	];
	const { depth, width, size, channels, shortcut } = options;
	const kind = shortcut === 'none' ? 'plain' : `residual, option ${shortcut}`;
	return [
		`CIFAR net, ${kind}, depth ${depth}, width ${width}, ${size}×${size}×${channels}, batch ${batch}`,
		'',
		textTable(
			['layer', 'maps', 'bytes', 'shape of each'],
			[RULE, image, ...layers, RULE, ...shared, RULE, ...sums],
			2
		)
	].join('\n');
}

/** @param {readonly MapShape[]} maps */
function bytes(maps) {
	return maps.reduce((sum, map) => sum + mapSize(map) * batch * 4, 0).toLocaleString('en');
}

/** @param {MapShape} map */
function shape(map) {
	return [`${batch}×${shapeKey(map)}`];
}
