/**
 * One network in training on the wasm kernels: its plan bound to memory once, so that a step is a fixed list
 * of calls. What is small (per-channel vectors, running averages) is computed here between them.
 */
import type { Batch } from '$lib/base/image';
import type { LaneMetrics, LaneSetup, LaneState, NotFinite, Recipe } from '../engine';
import { laneState, orderedState, startingState, type StartingState } from '../initialise';
import {
	mapSize,
	padded,
	phases,
	shapeKey,
	taps,
	type BackwardOp,
	type Combine,
	type Convolution,
	type MapShape,
	type Plan,
	type Tap
} from '../plan/plan';
import { EPSILON, RUNNING_RATE } from '../normalisation';
import { activationCode, movesZero } from '../math/activations';
import { keepsSquares } from '../math/optimisers';
import { clipFactor, dropoutMask, updateConstants } from '../optimiser';
import type { WasmModule } from './module';

/** How a map lies, in bytes. */
interface Geometry {
	readonly shape: MapShape;
	/** Channels with padding. */
	readonly channels: number;
	readonly pixel: number;
	readonly row: number;
	readonly image: number;
}

/** Where it lies. */
interface Place extends Geometry {
	/** First inner pixel of the first image. */
	readonly inner: number;
}

function geometry(shape: MapShape): Geometry {
	const channels = padded(shape.channels);
	const pixel = channels * 4;
	const row = (shape.width + 2) * pixel;
	return { shape, channels, pixel, row, image: (shape.height + 2) * row };
}

/** Per-channel vectors of a `Combine`, pointers to padded channels of 32-bit floats. */
interface Vectors {
	readonly centre: number;
	readonly variance: number;
	readonly factor: number;
	readonly shift: number;
	readonly backFactor: number;
	readonly offset: number;
	readonly slope: number;
}

/** A convolution's kernels as they are read each way, and the padded sum of its gradient. */
interface Packed {
	readonly forward: { readonly weights: number; readonly taps: number; readonly order: number };
	readonly phases: readonly {
		readonly row: number;
		readonly column: number;
		readonly count: number;
		readonly weights: number;
		readonly taps: number;
		readonly order: number;
	}[];
	readonly gradient: number;
}

/** Maps of lanes that are stepped one after another: equal shapes share memory. */
export class MapPool {
	readonly #module: WasmModule;
	readonly #pools = new Map<string, number[]>();
	constructor(
		module: WasmModule,
		/** Images that fit. */
		readonly images: number
	) {
		this.#module = module;
	}

	places(shapes: readonly MapShape[]): Place[] {
		const taken = new Map<string, number>();
		return shapes.map((shape) => {
			const key = shapeKey(shape);
			const index = taken.get(key) ?? 0;
			taken.set(key, index + 1);
			const pool = this.#pools.get(key) ?? [];
			this.#pools.set(key, pool);
			pool[index] ??= this.#module.allocate(mapSize(shape) * this.images * 4);
			const how = geometry(shape);
			return { ...how, inner: pool[index] + how.row + how.pixel };
		});
	}
}

/** The node whose gradient an operation makes; null for one that only adds to another's. */
function nodeOf(op: Exclude<BackwardOp, { kind: 'headGrad' }>): string | null {
	if (op.kind === 'combineGrad') return op.combine.node;
	return op.kind === 'inputGrad' ? op.conv.node : null;
}

/** Maps that an operation has written. */
function writtenBy(op: BackwardOp): number[] {
	if (op.kind === 'headGrad') return [op.dz];
	if (op.kind === 'combineGrad') return [op.combine.y];
	return op.kind === 'inputGrad' ? [op.dx] : [];
}

const NOWHERE = { features: 0, dFeatures: 0, logits: 0, dLogits: 0, labels: 0 };

export class WasmLane {
	readonly plan: Plan;
	readonly #module: WasmModule;
	#images = 0;
	#places: Place[] = [];
	readonly #gates: number[];
	/** See `LaneSetup.probes`. */
	readonly #probes: boolean;
	/** All parameters one after another, in their order; pointers to values, velocities, squares and gradients. */
	readonly #values: number;
	readonly #velocities: number;
	readonly #squares: number;
	readonly #gradients: number;
	/** First byte of each parameter, relative to those. */
	readonly #offsets: number[];
	readonly #vectors = new Map<Combine, Vectors>();
	readonly #packed = new Map<Convolution, Packed>();
	#running: StartingState['averages'] = [];
	/** A norm was not finite: no update any more. */
	#halted = false;
	/** There are squares of gradients. */
	#hasSquares = false;
	readonly #seed: number;
	readonly #sums: number;
	readonly #results: number;
	#head: Record<'features' | 'dFeatures' | 'logits' | 'dLogits' | 'labels', number> = NOWHERE;

	constructor(setup: LaneSetup, plan: Plan, module: WasmModule) {
		this.plan = plan;
		this.#module = module;
		const { parameters, blocks } = plan.network;
		this.#gates = blocks.map(({ index }) => setup.gates?.[index] ?? 1);
		this.#probes = setup.probes ?? true;

		let bytes = 0;
		this.#offsets = parameters.map(({ size }) => {
			const offset = bytes;
			// Its update goes over groups of four.
			bytes += padded(size) * 4;
			return offset;
		});
		this.#values = module.allocate(bytes);
		this.#velocities = module.allocate(bytes);
		this.#squares = module.allocate(bytes);
		this.#gradients = module.allocate(bytes);
		this.#seed = setup.seed;
		this.#put(startingState(setup, parameters, plan.norms));

		let widest = 4;
		for (const op of plan.forward)
			if (op.kind === 'conv') this.#packed.set(op, this.#bindConvolution(op));
			else {
				const channels = padded(plan.buffers[op.z].channels);
				widest = Math.max(widest, channels);
				this.#vectors.set(op, this.#bindVectors(op, channels));
			}
		this.#sums = module.allocate(2 * widest * 8);

		this.#results = module.allocate(16);
	}

	/** Gives the maps their places, for batches of as many images as the pool has room for. */
	layOut(pool: MapPool): void {
		const { head, buffers } = this.plan;
		this.#images = pool.images;
		this.#places = pool.places(buffers);
		const { channels } = this.#places[head.z];
		const floats = (perImage: number) => this.#module.allocate(pool.images * perImage * 4);
		this.#head = {
			features: floats(channels),
			dFeatures: floats(channels),
			logits: floats(head.classes),
			dLogits: floats(head.classes),
			labels: floats(1)
		};
	}

	setGate(block: number, gate: number): void {
		this.#gates[block] = gate;
	}

	/** One step on a batch; what it tells is of before the update. */
	step(batch: Batch, recipe: Recipe): LaneMetrics {
		const { kernels } = this.#module;
		const { parameters, layers, blocks } = this.plan.network;
		const [images] = batch.shape;
		const mask = this.#dropout(images, recipe);
		const [total, wrong] = this.#forward(batch, true, { mask });
		const blockOutputStd = new Float32Array(blocks.length);
		const blockOutputGradientNorms = new Float32Array(blocks.length);
		const deadShares = new Float32Array(layers.length).fill(NaN);
		const weightNorms = new Float32Array(layers.length);
		const updateNorms = new Float32Array(layers.length);
		for (const op of this.plan.backward) {
			if (this.#probes && op.kind === 'combineGrad') {
				const { layer, activation } = op.combine;
				if (layer !== null && activation === 'relu')
					deadShares[layer] = this.#deadShare(op.combine.z, images);
			}
			if (this.#probes && op.kind === 'combineGrad' && op.combine.block !== null) {
				const { block, z } = op.combine;
				const { shape } = this.#places[z];
				const count = images * shape.height * shape.width * shape.channels;
				const [sum, squares] = this.#mapSums(z, images);
				const mean = sum / count;
				blockOutputStd[block] = Math.sqrt(Math.max(0, squares / count - mean * mean));
				blockOutputGradientNorms[block] = Math.sqrt(this.#mapSums(op.dz, images)[1]);
			}
			this.#backward(op, images, mask);
		}
		const gradientNorms = Float32Array.from(parameters, ({ size }, i) =>
			this.#probes ? kernels.norm(this.#gradients + this.#offsets[i], size) : 0
		);
		this.#halted ||= !(this.#probes ? gradientNorms : [total]).every(Number.isFinite);
		if (this.#probes)
			for (const [i, { kernel }] of layers.entries())
				weightNorms[i] = kernels.norm(
					this.#values + this.#offsets[kernel],
					parameters[kernel].size
				);
		if (!this.#halted) {
			const changes = this.#update(recipe, gradientNorms);
			for (const [i, { kernel }] of layers.entries()) updateNorms[i] = changes[kernel];
		}
		return {
			loss: total / images,
			trainingError: wrong / images,
			gradientNorms,
			weightNorms,
			updateNorms,
			deadShares,
			blockOutputGradientNorms,
			blockOutputStd
		};
	}

	/** Logits `[N, classes]`, normalised by the batch (`training`) or by the running averages. */
	logits(batch: Batch, training: boolean): Float32Array {
		this.#forward(batch, training, { loss: false });
		return this.#module.floats(this.#head.logits, batch.shape[0] * this.plan.head.classes).slice();
	}

	/** Sum of the cross-entropy and number of wrong answers, with the running averages. */
	evaluate(batch: Batch): { loss: number; wrong: number } {
		const [loss, wrong] = this.#forward(batch, false);
		return { loss, wrong };
	}

	/** A copy of all that training changes. */
	state(): LaneState {
		const { parameters } = this.plan.network;
		const read = (from: number) =>
			parameters.map(({ size }, i) => this.#module.floats(from + this.#offsets[i], size).slice());
		return laneState(
			{
				values: read(this.#values),
				velocities: read(this.#velocities),
				squares: this.#hasSquares ? read(this.#squares) : null,
				averages: this.#running.map(({ mean, variance }) => ({
					mean: mean.slice(),
					variance: variance.slice()
				}))
			},
			parameters,
			this.plan.norms
		);
	}

	/** See `Engine.load`. */
	load(state: LaneState): void {
		this.#put(orderedState(state, this.plan.network.parameters, this.plan.norms));
		this.#halted = false;
	}

	#put({ values, velocities, squares, averages }: StartingState): void {
		for (const [i, offset] of this.#offsets.entries()) {
			const floats = (from: number) => this.#module.floats(from + offset, values[i].length);
			floats(this.#values).set(values[i]);
			floats(this.#velocities).set(velocities[i]);
			if (squares) floats(this.#squares).set(squares[i]);
			else floats(this.#squares).fill(0);
		}
		this.#hasSquares = squares !== null;
		this.#running = averages;
	}

	/**
	 * Goes through a training step without updating and tells the first node whose output, or whose gradient, has a
	 * value that is not finite; null when there is none.
	 */
	firstNotFinite(batch: Batch): NotFinite | null {
		const [images] = batch.shape;
		const finite = (map: number) => Number.isFinite(this.#mapSums(map, images)[1]);
		this.#forward(batch, true);
		for (const op of this.plan.forward) {
			const map = op.kind === 'conv' ? op.y : op.z;
			if (!finite(map)) return { node: op.node, pass: 'forward' };
		}
		for (const op of this.plan.backward) {
			this.#backward(op, images);
			const node = 'head' in op ? this.plan.network.nodes.at(-1)!.node.id : nodeOf(op);
			if (node !== null && !writtenBy(op).every(finite)) return { node, pass: 'backward' };
		}
		const { parameters } = this.plan.network;
		const bad = parameters.findLast(
			({ size }, i) =>
				!Number.isFinite(this.#module.kernels.norm(this.#gradients + this.#offsets[i], size))
		);
		return bad ? { node: bad.node, pass: 'backward' } : null;
	}

	/** Returns the norms of what is added to each parameter. */
	#update(recipe: Recipe, gradientNorms: Float32Array): number[] {
		const { optimiser, code, learningRate, momentum, weightDecay, correction, clip } =
			updateConstants(recipe);
		this.#hasSquares ||= keepsSquares(optimiser);
		const { kernels } = this.#module;
		const { parameters } = this.plan.network;
		let norms: ArrayLike<number> = gradientNorms;
		if (clip < Infinity && !this.#probes)
			norms = parameters.map(({ size }, i) =>
				kernels.norm(this.#gradients + this.#offsets[i], size)
			);
		const factor = clipFactor(clip, Math.hypot(...Array.from(norms)));
		return parameters.map(({ size }, i) => {
			const at = this.#offsets[i];
			return kernels.update(
				this.#values + at,
				this.#velocities + at,
				this.#squares + at,
				this.#gradients + at,
				size,
				code,
				learningRate,
				momentum,
				weightDecay,
				correction,
				factor
			);
		});
	}

	/** What the pooled features are multiplied by in a step; null where none are dropped. */
	#dropout(images: number, { step }: Recipe): Float32Array | null {
		const { dropout, z } = this.plan.head;
		if (!dropout) return null;
		return dropoutMask(dropout, this.#seed, step, images * this.#places[z].shape.channels);
	}

	/** Multiplies `[images][channels]`, channels padded, by a mask without padding. */
	#applyMask(pointer: number, mask: Float32Array, images: number): void {
		const { channels, shape } = this.#places[this.plan.head.z];
		const features = this.#module.floats(pointer, images * channels);
		for (let n = 0, i = 0; n < images; n++)
			for (let c = 0; c < shape.channels; c++, i++) features[n * channels + c] *= mask[i];
	}

	#deadShare(map: number, images: number): number {
		const { inner, channels, shape, image, row } = this.#places[map];
		const dead = this.#module.kernels.deadChannels(
			inner,
			shape.channels,
			channels,
			images,
			shape.height,
			shape.width,
			image,
			row
		);
		return dead / shape.channels;
	}

	#parameter(index: number): Float32Array {
		const { size } = this.plan.network.parameters[index];
		return this.#module.floats(this.#values + this.#offsets[index], size);
	}

	#gradient(index: number): Float32Array {
		const { size } = this.plan.network.parameters[index];
		return this.#module.floats(this.#gradients + this.#offsets[index], size);
	}

	#bindVectors(op: Combine, channels: number): Vectors {
		const floats = () => this.#module.allocate(channels * 4);
		const vectors = {
			centre: floats(),
			variance: floats(),
			factor: floats(),
			shift: floats(),
			backFactor: floats(),
			offset: floats(),
			slope: floats()
		};
		if (!op.norm)
			for (const ones of [vectors.factor, vectors.backFactor])
				this.#module.floats(ones, channels).fill(1);
		return vectors;
	}

	#bindConvolution(op: Convolution): Packed {
		const x = geometry(this.plan.buffers[op.x]);
		const y = geometry(this.plan.buffers[op.y]);
		const integers = (values: number[]) => {
			const pointer = this.#module.allocate(Math.max(1, values.length) * 4);
			this.#module.integers(pointer, values.length).set(values);
			return pointer;
		};
		const bind = (list: readonly Tap[], { row, pixel }: Geometry) => ({
			weights: this.#module.allocate(Math.max(1, list.length) * x.channels * y.channels * 4),
			taps: integers(list.map(({ dy, dx }) => dy * row + dx * pixel)),
			order: integers(list.map(({ weight }) => weight))
		});
		const list = taps(op);
		return {
			forward: bind(list, x),
			phases: op.inputGradient
				? phases(op).map(({ row, column, taps }) => ({
						row,
						column,
						count: taps.length,
						...bind(taps, y)
					}))
				: [],
			gradient: this.#module.allocate(list.length * x.channels * y.channels * 4)
		};
	}

	#mapSums(map: number, images: number): [sum: number, squares: number] {
		const { inner, channels, shape, image, row } = this.#places[map];
		const sums = this.#sums;
		this.#module.kernels.mapSums(
			inner,
			sums,
			channels,
			images,
			shape.height,
			shape.width,
			image,
			row
		);
		const [sum, squares] = this.#module.doubles(sums, 2);
		return [sum, squares];
	}

	/** Returns the sum of the cross-entropies and the number of wrong answers. */
	#forward(
		batch: Batch,
		training: boolean,
		{ loss = true, mask = null }: { loss?: boolean; mask?: Float32Array | null } = {}
	): [total: number, wrong: number] {
		const { kernels } = this.#module;
		const [images] = batch.shape;
		if (images > this.#images)
			throw new RangeError(`batch ${images}: memory is laid out for ${this.#images} images`);
		this.#upload(batch);
		for (const op of this.plan.forward)
			if (op.kind === 'conv') this.#convolve(op, images);
			else this.#combine(op, images, training);

		const { head } = this.plan;
		const { features, logits, labels, dLogits } = this.#head;
		const results = this.#results;
		const { inner, channels, shape, image, row } = this.#places[head.z];
		kernels.pool(inner, features, channels, images, shape.height, shape.width, image, row);
		if (mask) this.#applyMask(features, mask, images);
		kernels.dense(
			features,
			this.#values + this.#offsets[head.weights],
			head.bias === null ? 0 : this.#values + this.#offsets[head.bias],
			logits,
			images,
			shape.channels,
			channels,
			head.classes
		);
		if (!loss) return [NaN, NaN];
		this.#module.integers(labels, images).set(batch.labels);
		kernels.crossEntropy(logits, labels, dLogits, results, images, head.classes);
		const [total, wrong] = this.#module.doubles(results, 2);
		return [total, wrong];
	}

	#upload({ images, shape: [count, height, width, channels] }: Batch): void {
		const place = this.#places[0];
		const { shape } = place;
		if (height !== shape.height || width !== shape.width || channels !== shape.channels)
			throw new RangeError(
				`images ${height}×${width}×${channels}: expected ${shape.height}×${shape.width}×${shape.channels}`
			);
		let from = 0;
		const [pixel, row, image] = [place.pixel / 4, place.row / 4, place.image / 4];
		const map = this.#module.floats(place.inner, count * image - row - pixel);
		for (let n = 0; n < count; n++)
			for (let y = 0; y < height; y++)
				for (let x = 0, to = n * image + y * row; x < width; x++, to += pixel)
					for (let c = 0; c < channels; c++) map[to + c] = images[from++];
	}

	#convolve(op: Convolution, images: number): void {
		const { kernels } = this.#module;
		const x = this.#places[op.x];
		const y = this.#places[op.y];
		const { weights, taps, order } = this.#packed.get(op)!.forward;
		const count = op.kernel[0] * op.kernel[1];
		kernels.packKernel(
			this.#values + this.#offsets[op.weights],
			weights,
			order,
			count,
			x.shape.channels,
			y.shape.channels,
			0
		);
		kernels.conv(
			x.inner,
			y.inner,
			weights,
			taps,
			count,
			x.channels,
			y.channels,
			images,
			y.shape.height,
			y.shape.width,
			x.image,
			x.row * op.stride,
			x.pixel * op.stride,
			y.image,
			y.row,
			y.pixel,
			0
		);
	}

	#combine(op: Combine, images: number, training: boolean): void {
		const { kernels } = this.#module;
		const y = this.#places[op.y];
		const z = this.#places[op.z];
		const { height, width, channels } = z.shape;
		const vectors = this.#vectors.get(op)!;
		const floats = (pointer: number) => this.#module.floats(pointer, channels);
		if (op.norm) {
			const { mean, variance } = this.#running[op.norm.index];
			const centre = floats(vectors.centre);
			const spread = floats(vectors.variance);
			if (training) {
				kernels.moments(
					y.inner,
					vectors.centre,
					vectors.variance,
					this.#sums,
					y.channels,
					images,
					height,
					width,
					y.image,
					y.row
				);
				const count = images * height * width;
				const unbias = count > 1 ? count / (count - 1) : 1;
				for (let c = 0; c < channels; c++) {
					mean[c] += RUNNING_RATE * (centre[c] - mean[c]);
					variance[c] += RUNNING_RATE * (spread[c] * unbias - variance[c]);
				}
			} else {
				centre.set(mean);
				spread.set(variance);
			}
			const gamma = this.#parameter(op.norm.gamma);
			const factor = floats(vectors.factor);
			for (let c = 0; c < channels; c++) factor[c] = gamma[c] / Math.sqrt(spread[c] + EPSILON);
			floats(vectors.shift).set(this.#parameter(op.norm.beta));
		} else if (op.bias !== null) floats(vectors.shift).set(this.#parameter(op.bias));

		const shortcut = op.shortcut && this.#places[op.shortcut.from];
		const stride = op.shortcut?.stride ?? 0;
		const gate = op.shortcut ? this.#gates[op.shortcut.gate] : 0;
		kernels.combine(
			y.inner,
			z.inner,
			vectors.centre,
			vectors.factor,
			vectors.shift,
			activationCode(op.activation),
			z.channels,
			images,
			height,
			width,
			z.image,
			z.row,
			shortcut && gate !== 0 ? shortcut.inner : 0,
			gate,
			shortcut?.channels ?? 0,
			shortcut?.image ?? 0,
			(shortcut?.row ?? 0) * stride,
			(shortcut?.pixel ?? 0) * stride
		);
		if (movesZero(op.activation) && channels < z.channels)
			kernels.clearPadding(z.inner, channels, z.channels, images, height, width, z.image, z.row);
	}

	#backward(op: BackwardOp, images: number, mask: Float32Array | null = null): void {
		const { kernels } = this.#module;
		switch (op.kind) {
			case 'headGrad': {
				const { head } = op;
				const { features, dFeatures, dLogits } = this.#head;
				const { inner, channels, shape, image, row } = this.#places[op.dz];
				kernels.denseGrad(
					features,
					this.#values + this.#offsets[head.weights],
					dLogits,
					dFeatures,
					this.#gradients + this.#offsets[head.weights],
					head.bias === null ? 0 : this.#gradients + this.#offsets[head.bias],
					images,
					shape.channels,
					channels,
					head.classes
				);
				if (mask) this.#applyMask(dFeatures, mask, images);
				kernels.poolGrad(dFeatures, inner, channels, images, shape.height, shape.width, image, row);
				return;
			}
			case 'combineGrad':
				this.#combineGrad(op, images);
				return;
			case 'kernelGrad': {
				const { conv } = op;
				const x = this.#places[conv.x];
				const y = this.#places[conv.y];
				const { forward, gradient } = this.#packed.get(conv)!;
				const count = conv.kernel[0] * conv.kernel[1];
				kernels.convKernelGrad(
					x.inner,
					y.inner,
					gradient,
					forward.taps,
					count,
					x.channels,
					y.channels,
					images,
					y.shape.height,
					y.shape.width,
					x.image,
					x.row * conv.stride,
					x.pixel * conv.stride,
					y.image,
					y.row,
					y.pixel
				);
				kernels.unpadKernel(
					gradient,
					this.#gradients + this.#offsets[conv.weights],
					count,
					x.shape.channels,
					y.shape.channels
				);
				return;
			}
			case 'inputGrad': {
				const { conv } = op;
				const dx = this.#places[op.dx];
				const dy = this.#places[conv.y];
				const { height, width } = dx.shape;
				for (const phase of this.#packed.get(conv)!.phases) {
					kernels.packKernel(
						this.#values + this.#offsets[conv.weights],
						phase.weights,
						phase.order,
						phase.count,
						dx.shape.channels,
						dy.shape.channels,
						1
					);
					kernels.conv(
						dy.inner,
						dx.inner + phase.row * dx.row + phase.column * dx.pixel,
						phase.weights,
						phase.taps,
						phase.count,
						dy.channels,
						dx.channels,
						images,
						Math.ceil((height - phase.row) / conv.stride),
						Math.ceil((width - phase.column) / conv.stride),
						dy.image,
						dy.row,
						dy.pixel,
						dx.image,
						dx.row * conv.stride,
						dx.pixel * conv.stride,
						op.accumulate ? 1 : 0
					);
				}
				return;
			}
			case 'subsampleGrad': {
				const small = this.#places[op.from];
				const large = this.#places[op.to];
				kernels.subsampleGrad(
					small.inner,
					large.inner,
					large.shape.channels,
					op.stride,
					images,
					small.shape.height,
					small.shape.width,
					small.image,
					small.row,
					small.pixel,
					large.image,
					large.row,
					large.pixel
				);
			}
		}
	}

	/**
	 * With x̂ = (y − mean) / s, s = √(variance + ε), n values a channel: dβ = Σda, dγ = Σ da x̂,
	 * dy = γ/s (da − dβ/n − x̂ dγ/n). Without normalisation dy = da and the bias gets Σda.
	 */
	#combineGrad(op: BackwardOp & { kind: 'combineGrad' }, images: number): void {
		const { kernels } = this.#module;
		const { combine } = op;
		const dz = this.#places[op.dz];
		const z = this.#places[combine.z];
		const y = this.#places[combine.y];
		const { height, width, channels } = z.shape;
		const vectors = this.#vectors.get(combine)!;
		const activation = activationCode(combine.activation);
		const sums = this.#sums;
		const products = sums + z.channels * 8;
		const rest = [z.channels, images, height, width, z.image, z.row];
		if (combine.norm || combine.bias !== null)
			kernels.combineGradSums(
				dz.inner,
				z.inner,
				y.inner,
				vectors.centre,
				sums,
				products,
				activation,
				...rest
			);
		const sum = this.#module.doubles(sums, channels);
		if (combine.norm) {
			const product = this.#module.doubles(products, channels);
			const floats = (pointer: number) => this.#module.floats(pointer, channels);
			const variance = floats(vectors.variance);
			const gamma = this.#parameter(combine.norm.gamma);
			const dGamma = this.#gradient(combine.norm.gamma);
			const dBeta = this.#gradient(combine.norm.beta);
			const backFactor = floats(vectors.backFactor);
			const offset = floats(vectors.offset);
			const slope = floats(vectors.slope);
			const count = images * height * width;
			for (let c = 0; c < channels; c++) {
				const inverse = 1 / Math.sqrt(variance[c] + EPSILON);
				dBeta[c] = sum[c];
				dGamma[c] = product[c] * inverse;
				backFactor[c] = gamma[c] * inverse;
				offset[c] = sum[c] / count;
				slope[c] = (product[c] * inverse * inverse) / count;
			}
		} else if (combine.bias !== null) this.#gradient(combine.bias).set(sum);
		kernels.combineGrad(
			dz.inner,
			z.inner,
			y.inner,
			vectors.centre,
			vectors.backFactor,
			vectors.offset,
			vectors.slope,
			activation,
			...rest,
			op.keep ? 1 : 0,
			combine.shortcut ? this.#gates[combine.shortcut.gate] : 0
		);
	}
}
