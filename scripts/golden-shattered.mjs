// `npm run golden:shattered`: writes gradients along the line between two images and their autocorrelation, as PyTorch
// computes them in float64, to `src/lib/lab/studies/shattered/expected.json`. Whoever reads it draws the weights and
// images from the seed.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadModule } from './load.mjs';
import { ROOT } from './run.mjs';
import { askTorch } from './torch.mjs';

const NAMES = ['plain', 'resnet'].flatMap((kind) =>
	['none', 'batch'].map((norm) => `cifar-${kind}-8?width=4&norm=${norm}`)
);
const [SIZE, POINTS, SEED] = [8, 16, 1];

/** @type {typeof import('../src/lib/engine/golden/parse')} */
const { readNetwork } = await loadModule('engine/golden/parse.ts');
/** @type {typeof import('../src/lib/engine/golden/draw')} */
const { drawImages, drawWeights } = await loadModule('engine/golden/draw.ts');

const cases = NAMES.map((network) => ({
	network,
	size: SIZE,
	points: POINTS,
	seed: SEED,
	label: 3
}));
const jobs = cases.map(({ network, size, points, seed, label }) => {
	const described = readNetwork(network, size);
	return {
		network: { nodes: described.nodes },
		weights: drawWeights(described, seed),
		images: drawImages(described, seed, 2),
		...{ points, label }
	};
});
const found = askTorch('golden_shattered.py', jobs, 9);
const written = cases.map((one, i) => ({ ...one, ...found[i] }));
writeFileSync(
	join(ROOT, 'src/lib/lab/studies/shattered/expected.json'),
	`${JSON.stringify(written)}\n`
);
