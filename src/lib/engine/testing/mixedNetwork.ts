/** Networks of random operations for tests: every operation in a random place, with sizes that do not fit groups of four. */
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { ACTIVATIONS, OPS, type Network } from '$lib/network';
import { Builder } from '$lib/network/builder';
import type { NodePlace } from '$lib/network/description';
import type { Operation, Shape } from '$lib/network/ops';
import type { OpDef } from '$lib/network/ops/definition';

const CLASSES = 5;

/** A node's output. */
interface Made {
	readonly id: string;
	readonly shape: Shape;
}

/** A network that the seed determines: ten random steps, an auxiliary head in the middle, a head. */
export function mixedNetwork(seed: number): Network {
	const random = xoroshiro128plus(seed);
	const whole = (min: number, max: number) => uniformInt(random, min, max);
	const one = <T>(values: readonly T[]) => values[whole(0, values.length - 1)];
	const maybe = () => whole(0, 1) === 1;

	const b = new Builder();
	const stage = b.stage('stage', 1);
	let place: NodePlace = stage;
	let count = 0;
	const put = (operation: Operation, ...from: readonly Made[]): Made => {
		const id = `${operation.type}${count++}`;
		b.put(
			id,
			from.map((made) => made.id),
			place,
			operation
		);
		// TypeScript cannot infer that an operation's own definition accepts it.
		const { derive } = OPS[operation.type] as OpDef<Operation>;
		const shapes = from.length ? from.map(({ shape }) => shape) : [input];
		return { id, shape: derive(operation, shapes).output };
	};
	const input: readonly [number, number, number] = [whole(6, 12), whole(6, 12), whole(1, 5)];

	const activation = (x: Made) => put({ type: 'activation', activation: one(ACTIVATIONS) }, x);
	const divisor = (...sizes: readonly number[]) =>
		one([1, 2, 3, 4, 5, 6].filter((n) => sizes.every((size) => size % n === 0)));
	/** Not of a few numbers: their deviation may be tiny, and amplify the rounding of every step. */
	const norm = (x: Made) => {
		const [h, w, channels] = x.shape;
		if (h * w < 9) return x;
		if (maybe()) return put({ type: 'batchNorm' }, x);
		return put({ type: 'groupNorm', groups: divisor(channels) }, x);
	};
	/** A convolution that keeps the map's size, perhaps normalised. */
	const sameConv = (x: Made, filters: number) => {
		const size = one([1, 3, 5]);
		const groups = divisor(x.shape[2], filters);
		const kernel = [size, size] as const;
		const how = { stride: 1, padding: size >> 1, groups };
		const y = put({ type: 'conv', filters, kernel, bias: maybe(), ...how }, x);
		return maybe() ? norm(y) : y;
	};
	/** A convolution of any kernel, stride and padding that fit. */
	const anyConv = (x: Made) => {
		const [h, w, channels] = x.shape;
		const padding = whole(0, 3);
		const filters = whole(1, 12);
		const kernel = [
			whole(1, Math.min(6, h + 2 * padding)),
			whole(1, Math.min(6, w + 2 * padding))
		] as const;
		const how = { stride: whole(1, Math.min(h, w) > 4 ? 4 : 1), padding };
		const groups = divisor(channels, filters);
		return put({ type: 'conv', filters, kernel, bias: maybe(), groups, ...how }, x);
	};
	const dense = (x: Made, units: number) => put({ type: 'dense', units, bias: maybe() }, x);
	const sigmoid = (x: Made) => put({ type: 'activation', activation: 'sigmoid' }, x);

	const STEPS: readonly ((x: Made) => Made)[] = [
		anyConv,
		(x) => activation(anyConv(x)),
		(x) => activation(norm(anyConv(x))),
		(x) => {
			const kernel = whole(1, Math.min(4, ...x.shape.slice(0, 2)));
			const how = { stride: whole(1, 3), padding: whole(0, kernel >> 1), ceil: maybe() };
			return put({ type: 'maxPool', kernel, ...how }, x);
		},
		(x) => {
			const kernel = whole(1, Math.min(4, ...x.shape.slice(0, 2)));
			return put({ type: 'averagePool', kernel, stride: whole(1, 3) }, x);
		},
		(x) => put({ type: 'lrn', size: whole(1, 6), alpha: 0.2, beta: one([0.5, 0.75]), k: 1 }, x),
		(x) => put({ type: 'concat' }, x, activation(sameConv(x, whole(1, 7))), sameConv(x, 3)),
		// Of the highway network: T · H(x) + (1 − T) · x.
		(x) => {
			const gate = sigmoid(sameConv(x, x.shape[2]));
			const carried = put({ type: 'multiply', complement: true }, x, gate);
			return put(
				{ type: 'add' },
				put({ type: 'multiply' }, sameConv(x, x.shape[2]), gate),
				carried
			);
		},
		// Squeeze and excitation.
		(x) => {
			const squeezed = dense(put({ type: 'globalAveragePool' }, x), 3);
			return put({ type: 'multiply' }, x, sigmoid(dense(activation(squeezed), x.shape[2])));
		},
		(x) => {
			const branch = put({ type: 'scale', initial: 0.5, penalty: 0.01 }, sameConv(x, x.shape[2]));
			return put({ type: 'add' }, put({ type: 'dropout', rate: 0.4, per: 'image' }, branch), x);
		},
		(x) => {
			const [, , channels] = x.shape;
			const sum = put({ type: 'add' }, sameConv(x, channels), x, sameConv(x, channels), x);
			return maybe() ? activation(sum) : sum;
		},
		(x) => put({ type: 'dropout', rate: 0.3 }, x),
		norm,
		activation
	];

	let x = put({ type: 'input' });
	x = sameConv(x, whole(3, 10));
	let auxiliary: Made | null = null;
	for (let step = 0; step < 10; step++) {
		place = maybe() ? b.block(stage, 'block', step) : stage;
		x = one(STEPS)(x);
		if (step !== 4) continue;
		place = { ...b.block(stage, 'auxiliary', 1), auxiliary: true };
		const features = activation(dense(put({ type: 'flatten' }, x), 7));
		auxiliary = dense(put({ type: 'dropout', rate: 0.5 }, features), CLASSES);
	}
	place = b.stage('head');
	let features = put({ type: maybe() ? 'flatten' : 'globalAveragePool' }, x);
	if (maybe()) features = put({ type: 'dropout', rate: 0.3 }, features);
	if (maybe()) features = activation(dense(features, 9));
	// Class scores of a flattened map would need a head of their own.
	else if (features.shape[0] !== x.shape[2]) features = activation(dense(features, 8));
	dense(features, CLASSES);
	return b.network({
		name: `mixed-${seed}`,
		depth: 1,
		input,
		classes: CLASSES,
		initialisation: 'he',
		...(auxiliary ? { auxiliaryLosses: { [auxiliary.id]: 0.3 } } : {})
	});
}
