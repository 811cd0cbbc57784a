/**
 * One network in training on WebGPU: its plan compiled to a list of dispatches whose pipelines, buffers and bind
 * groups are made once. A step encodes the list into one submission; what it tells is read back later.
 */
import type { Batch } from '$lib/base/image';
import type { LaneMetrics, LaneSetup, LaneState, Recipe } from '../engine';
import { laneState, orderedState, startingState, type StartingState } from '../initialise';
import { keepsSquares } from '../math/optimisers';
import { dropoutKey, dropoutThreshold, updateConstants } from '../optimiser';
import { padded, type Combine, type Convolution, type Plan } from '../plan/plan';
import * as combine from './combine';
import * as conv from './conv';
import * as head from './head';
import { DeviceMemory, MapPool } from './memory';
import { aligned, bind, REGION, type Dispatch, type Region } from './programs';
import type { Tuning } from './tuning';
import { grid, STEP_WORDS, type Grid } from './shader';

/** Loss and share of wrong answers come first among the metrics. */
const FIRST_NORM = 2;

/** A convolution's kernel as it is read each way. */
interface PackedKernel {
	readonly forward: Region;
	readonly backward: Region;
}

/** Buffers that wait to be read, or to be written again. */
type Readback = { readonly buffer: GPUBuffer; free: boolean };

export class WebGpuLane {
	readonly plan: Plan;
	readonly #device: GPUDevice;
	readonly #memory: DeviceMemory;
	/** See `LaneSetup.probes`. */
	readonly #probes: boolean;
	readonly #gates: GPUBuffer;
	readonly #step: GPUBuffer;
	readonly #values: GPUBuffer;
	readonly #velocities: GPUBuffer;
	readonly #squares: GPUBuffer;
	/** There are squares of gradients. */
	#hasSquares = false;
	readonly #seed: number;
	readonly #gradients: GPUBuffer;
	/** Not 0 once a norm was not finite: no update any more. Then what clipping multiplies gradients by. */
	readonly #control: GPUBuffer;
	readonly #kernels: GPUBuffer;
	readonly #places: GPUBuffer;
	readonly #segments: GPUBuffer;
	/** Of the layers' kernels. */
	readonly #layerSegments: GPUBuffer;
	readonly #metrics: GPUBuffer;
	readonly #metricCount: number;
	/** First numbers of the layers' norms of kernels and of updates. */
	readonly #weightMetrics: number;
	readonly #updateMetrics: number;
	/** First number of the blocks' metrics, `REGION` numbers each, and of the layers' dead shares, likewise. */
	readonly #blockMetrics: number;
	readonly #deadMetrics: number;
	/** Numbers of all parameters with the gaps between them. */
	readonly #count: number;
	/** First number of each parameter among all. */
	readonly #offsets: number[];
	readonly #packed: ReadonlyMap<Convolution, PackedKernel>;
	readonly #vectors = new Map<Combine, { vectors: GPUBuffer; running: GPUBuffer }>();
	readonly #readbacks: Readback[] = [];
	readonly #grids: readonly Grid[];
	readonly #tuning: Tuning;

	#images = 0;
	#image: GPUBuffer | null = null;
	#labels: GPUBuffer | null = null;
	#rows: GPUBuffer | null = null;
	#features: GPUBuffer[] = [];
	#staging = new Float32Array(0);
	#forward: Dispatch[] = [];
	/** Moments are of the batch: left out when the running averages are used. */
	#moments = new Set<Dispatch>();
	#loss: Dispatch[] = [];
	#backward: Dispatch[] = [];
	#update: Record<
		'gradientNorms' | 'weightNorms' | 'clip' | 'update' | 'updateNorms',
		Dispatch
	> | null = null;
	#pack: Dispatch | null = null;
	#packedOnce = false;

	constructor(
		setup: LaneSetup,
		plan: Plan,
		device: GPUDevice,
		memory: DeviceMemory,
		tuning: Tuning
	) {
		this.plan = plan;
		this.#device = device;
		this.#memory = memory;
		this.#probes = setup.probes ?? true;
		this.#grids = plan.buffers.map(grid);
		this.#tuning = tuning;
		const { parameters, layers, blocks } = plan.network;
		this.#seed = setup.seed;

		let first = 0;
		this.#offsets = parameters.map(({ size }) => {
			const offset = first;
			first = aligned(first + size);
			return offset;
		});
		this.#count = first;
		this.#values = memory.allocate(first * 4);
		this.#velocities = memory.allocate(first * 4);
		this.#squares = memory.allocate(first * 4);
		this.#gradients = memory.allocate(first * 4);
		this.#control = memory.allocate(8);
		this.#gates = memory.upload(
			Float32Array.from({ length: Math.max(1, blocks.length) * REGION }, (_, i) =>
				i % REGION === 0 ? (setup.gates?.[i / REGION] ?? 1) : 0
			)
		);
		this.#step = memory.allocate(STEP_WORDS * 4, GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST);
		const segment = (i: number) => [this.#offsets[i], parameters[i].size];
		this.#segments = memory.upload(Uint32Array.from(parameters.flatMap((_, i) => segment(i))));
		this.#layerSegments = memory.upload(
			Uint32Array.from(layers.flatMap(({ kernel }) => segment(kernel)))
		);
		this.#weightMetrics = FIRST_NORM + parameters.length;
		this.#updateMetrics = this.#weightMetrics + layers.length;
		this.#blockMetrics = aligned(this.#updateMetrics + layers.length);
		this.#deadMetrics = this.#blockMetrics + REGION * blocks.length;
		this.#metricCount = this.#deadMetrics + REGION * layers.length;
		this.#metrics = memory.allocate(this.#metricCount * 4);

		const { packed, places, buffer } = this.#packKernels();
		this.#packed = packed;
		this.#places = memory.upload(places);
		this.#kernels = buffer;
		for (const op of plan.forward) {
			if (op.kind !== 'combine') continue;
			const { groups } = this.#grids[op.z];
			this.#vectors.set(op, {
				vectors: memory.allocate(combine.VECTORS * groups * 16),
				running: memory.allocate(groups * 32)
			});
		}
		this.#put(startingState(setup, parameters, plan.norms));
	}

	setGate(block: number, gate: number): void {
		this.#device.queue.writeBuffer(this.#gates, block * REGION * 4, Float32Array.of(gate));
	}

	/** Numbers of vec4f of partial sums that a batch of so many images needs. */
	scratchSize(images: number): number {
		return this.plan.forward.reduce(
			(most, op) =>
				Math.max(
					most,
					op.kind === 'conv'
						? conv.kernelGradScratch(this.#kernelGradSizes(op, images))
						: combine.sumsScratch(this.#grids[op.z], this.#slicesOf(op, images))
				),
			0
		);
	}

	/** Compiles the plan for batches of as many images as the pool has room for. */
	async layOut(pool: MapPool): Promise<void> {
		const { head: end, buffers } = this.plan;
		const maps = pool.maps(buffers);
		const z = this.#grids[end.z];
		const { images } = pool;
		for (const old of [this.#labels, this.#rows, ...this.#features])
			if (old) this.#memory.release(old);
		this.#images = images;
		this.#image = maps[0];
		this.#staging = new Float32Array(images * this.#grids[0].image * 4);
		this.#labels = this.#memory.allocate(images * 4);
		this.#rows = this.#memory.allocate(images * head.rowSize(end.classes) * 4);
		this.#features = [0, 1].map(() => this.#memory.allocate(images * z.groups * 16));
		const scratch = pool.scratch(0);
		const [features, dFeatures] = this.#features;
		const rows = this.#rows;
		const labels = this.#labels;

		const bound = (
			code: string,
			storage: readonly (GPUBuffer | Region)[],
			workgroups: Dispatch['workgroups']
		) => bind(this.#device, code, [this.#step, ...storage], workgroups);
		const map = (g: Grid) => (count: number) => combine.mapWorkgroups(g, count);
		const threads = this.#tuning.joiners;
		const fixed = (size: readonly [number, number?]) => () => size;

		const moments: Promise<Dispatch>[] = [];
		const forward = this.plan.forward.flatMap((op) => {
			if (op.kind === 'conv') {
				const sizes: conv.ConvSizes = {
					from: this.#grids[op.x],
					to: this.#grids[op.y],
					conv: op,
					backward: false,
					accumulate: false,
					tile: this.#tileOf(op, this.#grids[op.y], false, images)
				};
				const kernel = this.#packed.get(op)!.forward;
				return [
					bound(conv.convShader(sizes), [maps[op.x], kernel, maps[op.y]], (count) =>
						conv.convWorkgroups(sizes, count)
					)
				];
			}
			const { vectors, running } = this.#vectors.get(op)!;
			const g = this.#grids[op.z];
			const slices = this.#slicesOf(op, images);
			const list: Promise<Dispatch>[] = [];
			if (op.norm) {
				const sums = bound(
					combine.momentsShader(g, slices),
					[maps[op.y], scratch],
					fixed(combine.sliceWorkgroups(g, slices))
				);
				moments.push(sums);
				list.push(sums);
			}
			const { shortcut } = op;
			list.push(
				bound(
					combine.statisticsShader(g, op.norm !== null, slices, threads),
					[scratch, vectors, running, ...this.#affine(op, this.#values)],
					fixed(combine.groupWorkgroups(g))
				),
				bound(
					combine.combineShader({
						z: g,
						activation: op.activation,
						shortcut: shortcut && { ...shortcut, from: this.#grids[shortcut.from] }
					}),
					[
						maps[op.y],
						vectors,
						maps[op.z],
						...(shortcut ? [this.#gate(shortcut.gate), maps[shortcut.from]] : [])
					],
					map(g)
				)
			);
			return list;
		});

		const sizes: head.HeadSizes = {
			z,
			classes: end.classes,
			kernel: this.#offsets[end.weights],
			bias: end.bias === null ? null : this.#offsets[end.bias]
		};
		forward.push(
			bound(head.poolShader(z, end.dropout), [maps[end.z], features], (count) =>
				head.linear(count * z.groups)
			),
			bound(head.denseShader(sizes), [features, this.#values, labels, rows, dFeatures], (count) =>
				head.linear(count)
			)
		);
		const loss = [
			bound(
				head.denseGradShader(sizes),
				[features, rows, this.#gradients, this.#metrics],
				fixed(head.linear(z.channels * end.classes + end.classes + 2))
			)
		];

		const { parameters, layers } = this.plan.network;
		const backward = this.plan.backward.flatMap((op): Promise<Dispatch>[] => {
			switch (op.kind) {
				case 'headGrad':
					return [bound(head.poolGradShader(z, end.dropout), [dFeatures, maps[op.dz]], map(z))];
				case 'combineGrad': {
					const { combine: forwardOp } = op;
					const g = this.#grids[forwardOp.z];
					const slices = this.#slicesOf(forwardOp, images);
					const { activation, shortcut } = forwardOp;
					const block = this.#probes ? forwardOp.block : null;
					const layer = this.#probes && activation === 'relu' ? forwardOp.layer : null;
					const { vectors } = this.#vectors.get(forwardOp)!;
					return [
						bound(
							combine.combineGradSumsShader(g, activation, slices, block !== null, layer !== null),
							[maps[op.dz], maps[forwardOp.z], maps[forwardOp.y], vectors, scratch],
							fixed(combine.sliceWorkgroups(g, slices))
						),
						bound(
							combine.combineGradVectorsShader(
								g,
								forwardOp.norm !== null,
								slices,
								block !== null,
								layer !== null,
								threads
							),
							[scratch, vectors, ...this.#affine(forwardOp, this.#gradients)],
							fixed(combine.groupWorkgroups(g))
						),
						bound(
							combine.combineGradShader(g, activation, op.keep, block !== null, layer !== null),
							[
								maps[op.dz],
								maps[forwardOp.z],
								maps[forwardOp.y],
								vectors,
								...(op.keep ? [this.#gate(shortcut!.gate)] : []),
								...(block === null ? [] : [this.#blockRegion(block)]),
								...(layer === null ? [] : [this.#deadRegion(layer)])
							],
							map(g)
						)
					];
				}
				case 'kernelGrad': {
					const sizes = this.#kernelGradSizes(op.conv, images);
					return [
						bound(
							conv.kernelGradShader(sizes),
							[maps[op.conv.x], maps[op.conv.y], scratch],
							fixed(conv.kernelGradWorkgroups(sizes))
						),
						bound(
							conv.kernelGradSumShader(sizes, this.#tuning.kernelGradJoiners),
							[scratch, this.#region(this.#gradients, op.conv.weights)],
							fixed(conv.kernelGradSumWorkgroups(sizes, this.#tuning.kernelGradJoiners))
						)
					];
				}
				case 'inputGrad': {
					const sizes: conv.ConvSizes = {
						from: this.#grids[op.conv.y],
						to: this.#grids[op.dx],
						conv: op.conv,
						backward: true,
						accumulate: op.accumulate,
						tile: this.#tileOf(op.conv, this.#grids[op.dx], true, images)
					};
					const kernel = this.#packed.get(op.conv)!.backward;
					return [
						bound(conv.convShader(sizes), [maps[op.conv.y], kernel, maps[op.dx]], (count) =>
							conv.convWorkgroups(sizes, count)
						)
					];
				}
				case 'subsampleGrad': {
					const small = this.#grids[op.from];
					const large = this.#grids[op.to];
					return [
						bound(
							combine.subsampleGradShader(small, large, op.stride),
							[maps[op.from], maps[op.to]],
							map({ ...small, groups: large.groups })
						)
					];
				}
			}
		});
		const gradientNorms = bound(
			head.normsShader(FIRST_NORM, true, this.#tuning.norms),
			[this.#gradients, this.#segments, this.#metrics, this.#control],
			fixed([parameters.length])
		);
		const layerNorms = (numbers: GPUBuffer, firstMetric: number) =>
			bound(
				head.normsShader(firstMetric, false, this.#tuning.norms),
				[numbers, this.#layerSegments, this.#metrics],
				fixed([layers.length])
			);
		const weightNorms = layerNorms(this.#values, this.#weightMetrics);
		const clip = bound(
			head.clipShader(FIRST_NORM, parameters.length),
			[this.#metrics, this.#control],
			fixed([1])
		);
		const update = bound(
			head.updateShader(this.#count, true),
			[
				this.#values,
				this.#places,
				this.#kernels,
				this.#velocities,
				this.#gradients,
				this.#squares,
				this.#control
			],
			fixed(head.linear(this.#count))
		);
		const updateNorms = layerNorms(this.#gradients, this.#updateMetrics);
		const pack = bound(
			head.updateShader(this.#count, false),
			[this.#values, this.#places, this.#kernels],
			fixed(head.linear(this.#count))
		);

		this.#forward = await Promise.all(forward);
		this.#moments = new Set(await Promise.all(moments));
		this.#loss = await Promise.all(loss);
		this.#backward = await Promise.all(backward);
		this.#update = {
			gradientNorms: await gradientNorms,
			weightNorms: await weightNorms,
			clip: await clip,
			update: await update,
			updateNorms: await updateNorms
		};
		this.#pack = await pack;
	}

	/** Submits one step; resolves with what it tells, which is of before the update. */
	async step(batch: Batch, recipe: Recipe): Promise<LaneMetrics> {
		this.#hasSquares ||= keepsSquares(recipe.optimiser);
		this.#upload(batch, true, recipe);
		const values = await this.#run(batch.shape[0], [
			...this.#forward,
			...this.#loss,
			...this.#backward,
			...this.#updates(recipe)
		]);
		const { parameters, layers, blocks } = this.plan.network;
		const ofBlocks = (which: number) =>
			Float32Array.from(blocks, (_, i) => values[this.#blockMetrics + i * REGION + which]);
		return {
			loss: values[0],
			trainingError: values[1],
			gradientNorms: values.slice(FIRST_NORM, FIRST_NORM + parameters.length),
			weightNorms: values.slice(this.#weightMetrics, this.#weightMetrics + layers.length),
			updateNorms: values.slice(this.#updateMetrics, this.#updateMetrics + layers.length),
			deadShares: Float32Array.from(layers, (_, i) =>
				this.#relus.has(i) ? values[this.#deadMetrics + i * REGION] : NaN
			),
			blockOutputGradientNorms: ofBlocks(0),
			blockOutputStd: ofBlocks(1)
		};
	}

	/** The optimiser's dispatches, after the backward ones, and those of the norms around it. */
	#updates({ clip }: Recipe): Dispatch[] {
		const { gradientNorms, weightNorms, clip: clipping, update, updateNorms } = this.#update!;
		const probed = (dispatch: Dispatch) => (this.#probes ? [dispatch] : []);
		return [
			...(this.#probes || clip !== undefined ? [gradientNorms] : []),
			...probed(weightNorms),
			...(clip === undefined ? [] : [clipping]),
			update,
			...probed(updateNorms)
		];
	}

	/** Layers with a ReLU. */
	get #relus(): ReadonlySet<number> {
		return new Set(
			this.plan.forward.flatMap((op) =>
				op.kind === 'combine' && op.activation === 'relu' && op.layer !== null ? [op.layer] : []
			)
		);
	}

	/** Sum of the cross-entropy and number of wrong answers, with the running averages. */
	async evaluate(batch: Batch): Promise<{ loss: number; wrong: number }> {
		const [count] = batch.shape;
		this.#upload(batch, false);
		const [loss, wrong] = await this.#run(count, [...this.#evaluation(), ...this.#loss]);
		return { loss: loss * count, wrong: Math.round(wrong * count) };
	}

	/** Logits `[N, classes]`. */
	async logits(batch: Batch, training: boolean): Promise<Float32Array> {
		const [count] = batch.shape;
		const { classes } = this.plan.head;
		this.#upload(batch, training);
		await this.#run(count, training ? this.#forward : this.#evaluation());
		const size = head.rowSize(classes);
		const [rows] = await this.#read([[this.#rows!, count * size]]);
		const logits = new Float32Array(count * classes);
		for (let n = 0; n < count; n++)
			logits.set(rows.subarray(n * size, n * size + classes), n * classes);
		return logits;
	}

	/** A copy of all that training changes. */
	async state(): Promise<LaneState> {
		const { parameters } = this.plan.network;
		const norms = this.plan.forward.flatMap((op) =>
			op.kind === 'combine' && op.norm ? [{ op, index: op.norm.index }] : []
		);
		const hasSquares = this.#hasSquares;
		const [values, velocities, squares, ...running] = await this.#read([
			[this.#values, this.#count],
			[this.#velocities, this.#count],
			[this.#squares, this.#count],
			...norms.map(({ op }) => {
				const { running: buffer } = this.#vectors.get(op)!;
				return [buffer, buffer.size / 4] as const;
			})
		]);
		const gather = (all: Float32Array) =>
			parameters.map(({ size }, i) => all.slice(this.#offsets[i], this.#offsets[i] + size));
		const averages: { mean: Float32Array; variance: Float32Array }[] = [];
		norms.forEach(({ op, index }, i) => {
			const { channels, groups } = this.#grids[op.z];
			averages[index] = {
				mean: running[i].slice(0, channels),
				variance: running[i].slice(groups * 4, groups * 4 + channels)
			};
		});
		return laneState(
			{
				values: gather(values),
				velocities: gather(velocities),
				squares: hasSquares ? gather(squares) : null,
				averages
			},
			parameters,
			this.plan.norms
		);
	}

	/** See `Engine.load`. */
	load(state: LaneState): void {
		this.#put(orderedState(state, this.plan.network.parameters, this.plan.norms));
		this.#device.queue.writeBuffer(this.#control, 0, new Uint32Array(2));
	}

	#put({ values, velocities, squares, averages }: StartingState): void {
		const { queue } = this.#device;
		const put = (buffer: GPUBuffer, list: readonly Float32Array[]) => {
			const all = new Float32Array(this.#count);
			list.forEach((numbers, i) => all.set(numbers, this.#offsets[i]));
			queue.writeBuffer(buffer, 0, all);
		};
		put(this.#values, values);
		put(this.#velocities, velocities);
		put(this.#squares, squares ?? []);
		this.#hasSquares = squares !== null;
		for (const [op, { running }] of this.#vectors) {
			if (!op.norm) continue;
			const { groups } = this.#grids[op.z];
			const both = new Float32Array(groups * 8);
			both.set(averages[op.norm.index].mean);
			both.set(averages[op.norm.index].variance, groups * 4);
			queue.writeBuffer(running, 0, both);
		}
		this.#packedOnce = false;
	}

	#evaluation(): Dispatch[] {
		return this.#forward.filter((dispatch) => !this.#moments.has(dispatch));
	}

	#region(buffer: GPUBuffer, parameter: number): Region {
		const { size } = this.plan.network.parameters[parameter];
		return { buffer, first: this.#offsets[parameter], count: size };
	}

	/** Beta and gamma, or the bias; of the values or of the gradients. */
	#affine({ norm, bias, z }: Combine, buffer: GPUBuffer): (GPUBuffer | Region)[] {
		if (norm) return [this.#region(buffer, norm.beta), this.#region(buffer, norm.gamma)];
		if (bias === null) throw new RangeError(`map ${z}: neither normalised nor with a bias`);
		return [this.#region(buffer, bias)];
	}

	#gate(block: number): Region {
		return { buffer: this.#gates, first: block * REGION, count: 1 };
	}

	#blockRegion(block: number): Region {
		return { buffer: this.#metrics, first: this.#blockMetrics + block * REGION, count: 2 };
	}

	#deadRegion(layer: number): Region {
		return { buffer: this.#metrics, first: this.#deadMetrics + layer * REGION, count: 1 };
	}

	#kernelGradSizes(op: Convolution, images: number): conv.KernelGradSizes {
		const x = this.#grids[op.x];
		const y = this.#grids[op.y];
		return {
			x,
			y,
			conv: op,
			slices: conv.kernelGradSlices(x, y, op.kernel[0], images, this.#tuning)
		};
	}

	#slicesOf({ z }: Combine, images: number): number {
		return combine.slicesOf(this.#grids[z], images, this.#tuning.sumThreads);
	}

	#tileOf({ stride }: Convolution, to: Grid, backward: boolean, images: number): conv.Tile {
		const { pixels, crowd } = this.#tuning;
		return conv.tileOf(to, { stride, backward }, images, pixels, crowd);
	}

	/** Where each weight stands among the packed kernels, forward and backward. */
	#packKernels() {
		const places = new Uint32Array(2 * this.#count).fill(head.NOWHERE);
		const starts = new Map<Convolution, { forward: number; backward: number; size: number }>();
		let count = 0;
		for (const op of this.plan.forward) {
			if (op.kind !== 'conv') continue;
			const inputs = this.#grids[op.x].channels;
			const outputs = this.#grids[op.y].channels;
			const taps = op.kernel[0] * op.kernel[1];
			const size = taps * padded(inputs) * padded(outputs);
			const forward = count;
			const backward = aligned(forward + size);
			count = aligned(backward + size);
			starts.set(op, { forward, backward, size });
			let i = this.#offsets[op.weights];
			for (let tap = 0; tap < taps; tap++)
				for (let from = 0; from < inputs; from++)
					for (let to = 0; to < outputs; to++, i++) {
						places[2 * i] = forward + (tap * padded(inputs) + from) * padded(outputs) + to;
						places[2 * i + 1] = backward + (tap * padded(outputs) + to) * padded(inputs) + from;
					}
		}
		const buffer = this.#memory.allocate(count * 4);
		const packed = new Map<Convolution, PackedKernel>();
		for (const [op, { forward, backward, size }] of starts)
			packed.set(op, {
				forward: { buffer, first: forward, count: size },
				backward: { buffer, first: backward, count: size }
			});
		return { packed, places, buffer };
	}

	#upload(
		{ images, labels, shape: [count, height, width, channels] }: Batch,
		training: boolean,
		recipe?: Recipe
	): void {
		const g = this.#grids[0];
		if (count > this.#images)
			throw new RangeError(`batch ${count}: buffers are laid out for ${this.#images} images`);
		if (height !== g.height || width !== g.width || channels !== g.channels)
			throw new RangeError(
				`images ${height}×${width}×${channels}: expected ${g.height}×${g.width}×${g.channels}`
			);
		const map = this.#staging;
		let from = 0;
		for (let n = 0; n < count; n++)
			for (let y = 0; y < height; y++) {
				let to = (n * g.image + (y + 1) * g.row + g.groups) * 4;
				for (let x = 0; x < width; x++, to += g.groups * 4)
					for (let c = 0; c < channels; c++) map[to + c] = images[from++];
			}
		const { queue } = this.#device;
		queue.writeBuffer(this.#image!, 0, map, 0, count * g.image * 4);
		queue.writeBuffer(this.#labels!, 0, Int32Array.from(labels));
		const words = new ArrayBuffer(STEP_WORDS * 4);
		new Uint32Array(words).set([count, training ? 1 : 0]);
		if (recipe) this.#writeRecipe(words, recipe);
		queue.writeBuffer(this.#step, 0, words);
	}

	/** The words of the uniform after the first two, as `STEP` declares them. */
	#writeRecipe(words: ArrayBuffer, recipe: Recipe): void {
		const { code, learningRate, momentum, weightDecay, correction, clip } = updateConstants(recipe);
		const { dropout } = this.plan.head;
		const floats = new Float32Array(words);
		const integers = new Uint32Array(words);
		floats.set([learningRate, momentum, weightDecay], 2);
		integers[5] = code;
		floats.set([correction, clip < Infinity ? clip : 0], 6);
		if (dropout) integers.set([dropoutKey(this.#seed, recipe.step), dropoutThreshold(dropout)], 8);
	}

	/** Encodes the dispatches into one submission and reads the metrics back. */
	async #run(images: number, dispatches: readonly Dispatch[]): Promise<Float32Array> {
		const encoder = this.#device.createCommandEncoder();
		const pass = encoder.beginComputePass();
		for (const { pipeline, bindings, workgroups } of this.#packedOnce
			? dispatches
			: [this.#pack!, ...dispatches]) {
			pass.setPipeline(pipeline);
			pass.setBindGroup(0, bindings);
			pass.dispatchWorkgroups(...workgroups(images));
		}
		this.#packedOnce = true;
		pass.end();
		const [metrics] = await this.#read([[this.#metrics, this.#metricCount]], encoder);
		return metrics;
	}

	/**
	 * Copies pieces, each from its buffer's start, into a buffer that is free, submits, and waits for this copy
	 * alone: steps submitted meanwhile use other ones.
	 */
	async #read(
		pieces: readonly (readonly [source: GPUBuffer, count: number])[],
		encoder = this.#device.createCommandEncoder()
	): Promise<Float32Array[]> {
		const bytes = pieces.reduce((sum, [, count]) => sum + count * 4, 0);
		let readback = this.#readbacks.find(({ free, buffer }) => free && buffer.size >= bytes);
		if (!readback) {
			const usage = GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST;
			readback = { buffer: this.#memory.allocate(bytes, usage), free: true };
			this.#readbacks.push(readback);
		}
		readback.free = false;
		const { buffer } = readback;
		let at = 0;
		for (const [source, count] of pieces) {
			encoder.copyBufferToBuffer(source, 0, buffer, at, count * 4);
			at += count * 4;
		}
		this.#device.queue.submit([encoder.finish()]);
		await buffer.mapAsync(GPUMapMode.READ, 0, Math.ceil(bytes / 8) * 8);
		const copy = buffer.getMappedRange(0, bytes).slice(0);
		buffer.unmap();
		readback.free = true;
		at = 0;
		return pieces.map(([, count]) => {
			const values = new Float32Array(copy, at, count);
			at += count * 4;
			return values;
		});
	}
}
