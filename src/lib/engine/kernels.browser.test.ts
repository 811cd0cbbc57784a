/**
 * Compares our kernels with the reference on training steps of networks of random shape: odd sizes, strides with
 * remainders, channels that do not fill groups of four, batches of a single image. A second lane poisons all shared
 * memory with NaN.
 */
import type { Batch } from '$lib/base/image';
import { describe, expect, it } from 'vitest';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import {
	ACTIVATIONS,
	analyse,
	cifarNetwork,
	networkOf,
	NORMS,
	OPS,
	parseName,
	type CifarOptions,
	type Network
} from '$lib/network';
import {
	createEngine,
	initialParameters,
	openBackend,
	OPTIMISERS,
	type Backend,
	type Engine,
	type LaneSetup,
	type Recipe
} from '.';
import { keepsSquares } from './math/optimisers';
import { covering } from './testing/covering';
import { mixedNetwork } from './testing/mixedNetwork';
import { TfjsEngine } from './tfjs/engine';
import { WebGpuEngine } from './webgpu/engine';
import { CARD, type Tuning } from './webgpu/tuning';

const CASES = 8;
/** Small networks that together have every operation, where sizes do not divide evenly and channels do not fill groups of four. */
const MEMBERS = [
	'alexnet-mini?width=5&size=9&channels=2&norm=off&dropout=0.3',
	'vgg-mini?depth=8&width=3&size=10&dropout=0.3',
	'googlenet-mini?width=3&size=9&dropout=0.3',
	'densenet-mini?depth=7&width=5&growth=3&size=9',
	'highway-mini?depth=7&width=5&size=9&norm=group',
	'resnext-mini?depth=11&width=3&groups=2&size=9',
	'rezero-mini?depth=8&width=5&size=9&penalty=0.1',
	'se-mini?depth=8&width=5&size=9&reduction=2',
	'stochastic-mini?depth=8&width=5&size=9&survival=0.5'
];

interface Case {
	readonly name: string;
	readonly setup: LaneSetup;
	readonly recipe: Recipe;
	/** The second batch is smaller, and must not see what the first left in the buffers. */
	readonly batches: readonly Batch[];
	/** The size to which a parameter's errors are relative if it is smaller. */
	readonly least?: number;
}

/** Draws from a seed. */
function drawer(seed: number) {
	const random = xoroshiro128plus(seed);
	const whole = (min: number, max: number) => uniformInt(random, min, max);
	const one = <T>(values: readonly T[]) => values[whole(0, values.length - 1)];
	return { whole, one };
}

function randomCase(seed: number, change: Partial<CifarOptions> = {}): Case {
	const draws = drawer(seed);
	const { whole, one } = draws;
	const options: CifarOptions = {
		depth: 8,
		width: whole(1, 9),
		size: whole(5, 13),
		channels: whole(1, 5),
		shortcut: one(['none', 'A', 'B', 'C']),
		activation: one(ACTIVATIONS),
		norm: one(['batch', ...NORMS]),
		initialisation: one(['he', 'xavier']),
		dropout: one([0, 0, 0.4]),
		...change
	};
	return caseOf(seed, cifarNetwork(options), options, draws);
}

/** A network of a family, by its link name. */
const member = (seed: number, name: string): Case =>
	caseOf(seed, networkOf(parseName(name)), { name }, drawer(seed));

function caseOf(
	seed: number,
	network: Network,
	options: object,
	{ whole, one }: ReturnType<typeof drawer>
): Case {
	const [height, width, channels] = network.input;
	const batch = (count: number): Batch => ({
		images: Float32Array.from(
			{ length: count * height * width * channels },
			() => whole(-2000, 2000) / 1000
		),
		labels: Int32Array.from({ length: count }, () => whole(0, network.classes - 1)),
		shape: [count, height, width, channels]
	});
	const first = whole(2, 6);
	const gates = analyse(network).blocks.map(() => one([1, 1, 0.5, 0]));
	const optimiser = one(OPTIMISERS);
	const recipe: Recipe = {
		// RMSProp's first step moves every weight by ten times the rate; a weight without a gradient follows rounding errors.
		learningRate: optimiser === 'rmsprop' ? 0.002 : 0.02,
		momentum: 0.9,
		weightDecay: 1e-3,
		optimiser,
		clip: one([undefined, 0.5])
	};
	return {
		name: JSON.stringify({ ...options, ...recipe }),
		setup: { network, seed, gates },
		recipe,
		batches: [batch(first), batch(whole(1, first)), batch(first)]
	};
}

/** A network of all operations; see `mixedNetwork`. */
function mixedCase(seed: number): Case {
	const one = caseOf(seed, mixedNetwork(seed), { mixed: seed }, drawer(seed));
	// Other optimisers move a bias before a normalisation, whose gradient is rounding errors, by the rate.
	return {
		...{ ...one, name: `all operations, mixed by seed ${seed}`, least: 0.1 },
		recipe: { learningRate: 0.02, momentum: 0.9, weightDecay: 1e-3 }
	};
}

async function results(engine: Engine, { batches, recipe }: Case) {
	const steps = [];
	for (const [i, batch] of batches.entries())
		steps.push((await engine.step(batch, { ...recipe, step: i + 1 }))[0]!);
	const parameters = [...(await engine.state(0)).parameters.entries()];
	const { loss } = await engine.evaluate(0, batches);
	engine.dispose();
	return { steps, parameters, loss };
}

/** Expects equality up to rounding, relative to the largest number of the list, or to `least`. */
function expectClose(
	found: ArrayLike<number>,
	expected: ArrayLike<number>,
	what: string,
	least = 1e-6
) {
	expect(found.length, what).toBe(expected.length);
	const scale = Math.max(...Array.from(expected, Math.abs), least);
	for (let i = 0; i < expected.length; i++)
		if (!(Math.abs(found[i] - expected[i]) <= 2e-3 * Math.abs(expected[i]) + 2e-4 * scale))
			expect.fail(`${what}[${i}]: ${found[i]} instead of ${expected[i]}`);
}

/** A share is one 32-bit division here and another there. */
const rounded = (shares: Float32Array) => Array.from(shares, (share) => Number(share.toFixed(6)));

/** Expects equality on the whole: an optimiser that divides by a gradient's size amplifies the rounding of tiny ones. */
function expectNear(found: Float32Array, expected: Float32Array, what: string) {
	const away = Math.hypot(...found.map((value, i) => value - expected[i]));
	expect(away, what).toBeLessThanOrEqual(1e-2 * Math.hypot(...expected));
}

/**
 * The lane under test, and one of the same shape whose weights are all NaN. They share maps and partial sums, so
 * whatever the first lane's kernels fail to write, or read out of bounds, is NaN.
 */
function withPoison({ setup }: Case): LaneSetup[] {
	const weights = new Map(
		[...initialParameters(setup.network, 1)].map(([name, values]) => [name, values.fill(NaN)])
	);
	return [setup, { ...setup, weights }];
}

const build = (backend: Backend, one: Case) => createEngine(backend, withPoison(one));
/** Builds the engine as it is tuned for a graphics card instead of a software adapter. */
const onCard = (change: Partial<Tuning>) => async (backend: Backend, one: Case) => {
	if (backend.name !== 'webgpu') throw new Error(`${backend.name}: no card`);
	return new WebGpuEngine(withPoison(one), backend.tfjs.device, { ...CARD, ...change });
};

/** What the reference finds, computed once for all backends. */
const references = new Map<Case, ReturnType<typeof results>>();

async function referenceOf(one: Case) {
	const cpu = await openBackend('cpu');
	const found = references.get(one) ?? results(new TfjsEngine(cpu, [one.setup]), one);
	references.set(one, found);
	return found;
}

/**
 * Compares the steps of an engine with those of the reference.
 * @param engine with the lane under test and one that is poisoned
 */
async function expectAgreement(one: Case, engine: Engine) {
	const expected = await referenceOf(one);
	const [, poisoned] = await engine.step(one.batches[0], one.recipe, [false, true]);
	expect(poisoned!.loss).toBeNaN();
	const found = await results(engine, one);
	found.steps.forEach((step, i) => {
		const same = expected.steps[i];
		expectClose([step.loss], [same.loss], `loss ${i}`);
		expect(step.trainingError).toBeCloseTo(same.trainingError, 5);
		expectClose(step.gradientNorms, same.gradientNorms, `gradient norms ${i}`);
		expectClose(step.weightNorms, same.weightNorms, `weight norms ${i}`);
		expectClose(step.updateNorms, same.updateNorms, `update norms ${i}`);
		expect(rounded(step.deadShares), `dead shares ${i}`).toEqual(rounded(same.deadShares));
		expectClose(step.blockOutputStd, same.blockOutputStd, `std ${i}`);
		expectClose(
			step.blockOutputGradientNorms,
			same.blockOutputGradientNorms,
			`block gradient norms ${i}`
		);
	});
	for (const [i, [name, values]] of expected.parameters.entries())
		if (keepsSquares(one.recipe.optimiser)) expectNear(found.parameters[i][1], values, name);
		else expectClose(found.parameters[i][1], values, name, one.least);
	expectClose([found.loss], [expected.loss], 'evaluation');
}

const cases = Array.from({ length: CASES }, (_, i) => randomCase(i + 1));
// Wide enough that channels which share statistics fill several groups of four and end within one.
const wide = NORMS.map((norm) => randomCase(CASES + 1, { norm, width: 18, size: 6 }));
const preActivated = (['A', 'B', 'C'] as const).map((shortcut, i) =>
	randomCase(CASES + 2 + i, { order: 'pre', shortcut, norm: NORMS[i] })
);
const cifar = [...cases, ...wide, ...preActivated];
const members = MEMBERS.map((name, i) => member(CASES + 5 + i, name));
const mixed = Array.from({ length: 12 }, (_, i) => mixedCase(i + 1));

/** The cases `first`, `first + by`, … of the CIFAR family: adapters share them, because software ones are slow. */
const share = (first: number, by: number) => cifar.filter((_, i) => i % by === first - 1);
/** The members that bring something new to some cases. */
const newTo = (list: readonly Case[]) =>
	covering([...list, ...members], ({ setup, recipe }) => ({
		network: setup.network,
		recipe
	})).filter((one) => members.includes(one));

describe.each([
	{ backend: 'wasm', start: build, name: 'wasm', list: [...cifar, ...members, ...mixed] },
	// WebGL leaves some of the mixed operations to tfjs.
	{ backend: 'webgl', start: build, name: 'webgl', list: [...share(1, 2), ...newTo(share(1, 2))] },
	{
		backend: 'webgpu',
		start: build,
		name: 'webgpu',
		list: [...share(2, 2), ...mixed.slice(0, 3)]
	},
	// A card's many threads are slowest of all. They differ in convolutions, which AlexNet has of any kernel, and sums.
	{
		backend: 'webgpu',
		start: onCard({}),
		name: 'webgpu, tuned for a card,',
		list: [...share(1, 4), members[0]]
	},
	// Its large maps differ in the tiles of convolutions alone, of narrow maps and wide ones.
	{
		backend: 'webgpu',
		start: onCard({ crowd: 0 }),
		name: 'webgpu, as large maps have it on a card,',
		list: [cases[2], wide[1]]
	}
] as const)('kernels on $name agree with the reference', ({ backend, start, list }) => {
	it.runIf(start === build)('on every operation', () => {
		const types = list.flatMap(({ setup }) => setup.network.nodes.map(({ type }) => type));
		expect(new Set(types)).toEqual(new Set(Object.keys(OPS)));
	});

	for (const one of list)
		it(one.name, async () => {
			const engine = await start(await openBackend(backend), one);
			// WebGL has no programs for convolutions in groups.
			if (backend === 'webgl' && one.name.includes('resnext')) {
				expect(engine.reference?.type).toBe('conv');
				engine.dispose();
				return;
			}
			expect(engine.reference).toBeNull();
			await expectAgreement(one, engine);
		});
});
