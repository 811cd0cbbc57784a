/**
 * One network in training on WebGL: its plan compiled to a list of draws whose programs and textures are made once. A
 * step makes the draws one after another; what it tells is read back later.
 */
import type { Batch } from '$lib/base/image';
import type { LaneMetrics, LaneSetup, LaneState, Recipe } from '../engine';
import { laneState, orderedState, startingState, type StartingState } from '../initialise';
import { keepsSquares } from '../math/optimisers';
import { dropoutKey, dropoutThreshold, updateConstants } from '../optimiser';
import type { Combine, Convolution, Plan } from '../plan/plan';
import * as combine from './combine';
import * as conv from './conv';
import * as head from './head';
import { mapLayout, ROW, type MapLayout } from './layout';
import type { Area, DrawCall, Programs, Source, StepUniforms } from './programs';
import type { Readbacks } from './readback';
import type { MapPool, Texture, Textures } from './textures';

/** Where a parameter lies among all, in texels; each starts a row. */
interface Place {
	readonly first: number;
	readonly texels: number;
	/** Position of each number among all, in numbers. */
	readonly order: Uint32Array;
}

/** Two textures that take turns: a step reads one and writes the other. */
class Pair {
	#turn = 0;
	constructor(
		readonly a: Texture,
		readonly b: Texture
	) {}
	readonly now = () => (this.#turn ? this.b : this.a);
	readonly next = () => (this.#turn ? this.a : this.b);
	swap(): void {
		this.#turn = 1 - this.#turn;
	}
}

export class WebGlLane {
	readonly plan: Plan;
	readonly #textures: Textures;
	readonly #programs: Programs;
	readonly #readbacks: Readbacks;
	readonly #gates: number[];
	readonly #places: readonly Place[];
	/** Texture rows of all parameters. */
	readonly #rows: number;
	readonly #values: Pair;
	readonly #velocities: Pair;
	/** The mean of the squared gradients, where the optimiser keeps one. */
	readonly #seconds: Pair;
	/** There are such. */
	#hasSquares = false;
	readonly #seed: number;
	readonly #gradients: Texture;
	/** What the update takes off the values. */
	readonly #changes: Texture;
	/** Squares of each row of parameters. */
	readonly #squares: Texture;
	readonly #segments: Texture;
	/** Of the layers' kernels. */
	readonly #layerSegments: Texture;
	readonly #metrics: Texture;
	/** First texels of the layers' norms of kernels and of updates, of the blocks' metrics, of the layers' dead shares. */
	readonly #weightMetrics: number;
	readonly #updateMetrics: number;
	readonly #blockMetrics: number;
	readonly #deadMetrics: number;
	readonly #halted: Pair;
	readonly #vectors = new Map<Combine, { vectors: Texture; sums: Texture; running: Pair }>();

	#images = 0;
	#layouts: MapLayout[] = [];
	#image: Texture | null = null;
	#staging = new Float32Array(0);
	#rowsOfImages: {
		features: Texture;
		logits: Texture;
		labels: Texture;
		rows: Texture;
		dFeatures: Texture;
	} | null = null;
	#forward: DrawCall[] = [];
	/** Moments are of the batch: left out when the running averages are used. */
	#moments = new Set<DrawCall>();
	#loss: DrawCall[] = [];
	#backward: DrawCall[] = [];

	constructor(
		setup: LaneSetup,
		plan: Plan,
		textures: Textures,
		programs: Programs,
		readbacks: Readbacks
	) {
		this.plan = plan;
		this.#textures = textures;
		this.#programs = programs;
		this.#readbacks = readbacks;
		const { parameters, layers, blocks } = plan.network;
		this.#seed = setup.seed;
		this.#gates = blocks.map(({ index }) => setup.gates?.[index] ?? 1);

		const { places, rows } = placeParameters(plan);
		this.#places = places;
		this.#rows = rows;
		const flat = () => textures.flat(rows * ROW);
		this.#values = new Pair(flat(), flat());
		this.#velocities = new Pair(flat(), flat());
		this.#seconds = new Pair(flat(), flat());
		this.#gradients = flat();
		this.#changes = flat();
		this.#squares = textures.allocate(1, rows);
		const segmentsOf = (list: readonly Place[]) => {
			const texture = textures.flat(list.length);
			const segments = new Float32Array(texture.height * ROW * 4);
			list.forEach(({ first, texels }, i) =>
				segments.set([first / ROW, Math.ceil(texels / ROW)], i * 4)
			);
			textures.write(texture, segments);
			return texture;
		};
		this.#segments = segmentsOf(places);
		this.#layerSegments = segmentsOf(layers.map(({ kernel }) => places[kernel]));
		const rowsFrom = (first: number, count: number) => first + Math.ceil(count / ROW) * ROW;
		this.#weightMetrics = rowsFrom(head.FIRST_NORM, parameters.length);
		this.#updateMetrics = rowsFrom(this.#weightMetrics, layers.length);
		this.#blockMetrics = rowsFrom(this.#updateMetrics, layers.length);
		this.#deadMetrics = this.#blockMetrics + blocks.length;
		this.#metrics = textures.flat(this.#deadMetrics + layers.length);
		this.#halted = new Pair(textures.allocate(1, 1), textures.allocate(1, 1));
		for (const op of plan.forward) {
			if (op.kind !== 'combine') continue;
			const groups = Math.ceil(plan.buffers[op.z].channels / 4);
			this.#vectors.set(op, {
				vectors: textures.allocate(groups, 1, combine.VECTORS),
				sums: textures.allocate(groups, 1, combine.SUMS),
				running: new Pair(textures.allocate(groups, 1, 2), textures.allocate(groups, 1, 2))
			});
		}
		this.#put(startingState(setup, parameters, plan.norms));
	}

	setGate(block: number, gate: number): void {
		this.#gates[block] = gate;
	}

	/** Compiles the plan for batches of as many images as the pool has room for. */
	async layOut(pool: MapPool): Promise<void> {
		const { head: end, buffers } = this.plan;
		const { images } = pool;
		const layouts = buffers.map((shape) => mapLayout(shape, images, pool.across));
		const maps = pool.maps(buffers, layouts);
		const textures = this.#textures;
		for (const old of Object.values(this.#rowsOfImages ?? {})) textures.release(old);
		this.#images = images;
		this.#layouts = layouts;
		this.#image = maps[0];
		const [width, height, layers] = layouts[0].texels;
		this.#staging = new Float32Array(width * height * layers * 4);
		const z = layouts[end.z];
		this.#rowsOfImages = {
			features: textures.allocate(z.groups, images),
			dFeatures: textures.allocate(z.groups, images),
			logits: textures.allocate(head.classGroups(end.classes), images),
			labels: textures.allocate(1, images),
			rows: textures.allocate(1, images)
		};
		/** The texture that holds a map now: what is done in place moves it. */
		const current = [...maps];
		this.#moments = new Set();
		this.#forward = [...this.#forwardDraws(current, pool), ...this.#headDraws(current)];
		this.#loss = this.#lossDraws();
		this.#backward = [...this.#backwardDraws(current, pool), ...this.#updateDraws()];
		const all = [...this.#forward, ...this.#loss, ...this.#backward];
		this.#programs.prepare(all);
		await this.#programs.ready(all);
	}

	#forwardDraws(current: readonly Texture[], pool: MapPool): DrawCall[] {
		const layouts = this.#layouts;
		return this.plan.forward.flatMap((op): DrawCall[] => {
			if (op.kind === 'conv')
				return [
					{
						code: conv.convShader(this.#convSizes(op)),
						first: this.#places[op.weights].first,
						inputs: { x: current[op.x], kernels: this.#values.now },
						targets: [{ texture: current[op.y] }]
					}
				];
			const { vectors, running } = this.#vectors.get(op)!;
			const y = layouts[op.y];
			const z = layouts[op.z];
			const parts = pool.parts(combine.SLICES, y.groups, 3);
			const draws: DrawCall[] = [];
			if (op.norm) {
				const moments: DrawCall = {
					code: combine.momentsShader(y),
					inputs: { map: current[op.y] },
					targets: [{ texture: parts }]
				};
				this.#moments.add(moments);
				draws.push(moments);
			}
			const { shortcut } = op;
			draws.push(
				{
					code: combine.statisticsShader(op.norm !== null),
					first: this.#places[op.norm?.beta ?? biasOf(op)].first,
					inputs: { parts, values: this.#values.now, running: running.now },
					targets: [{ texture: vectors }, { texture: running.next }]
				},
				{
					code: combine.combineShader({
						z,
						activation: op.activation,
						shortcut: shortcut && { from: layouts[shortcut.from], stride: shortcut.stride }
					}),
					inputs: {
						y: current[op.y],
						vectors,
						...(shortcut ? { shortcut: current[shortcut.from] } : {})
					},
					targets: [{ texture: current[op.z] }],
					gate: shortcut ? () => this.#gates[shortcut.gate] : undefined
				}
			);
			return draws;
		});
	}

	#headDraws(current: readonly Texture[]): DrawCall[] {
		const { z, classes } = this.plan.head;
		const { features, logits, labels, rows } = this.#rowsOfImages!;
		return [
			{
				code: head.poolShader(this.#layouts[z], this.plan.head.dropout),
				inputs: { z: current[z] },
				targets: [{ texture: features }]
			},
			{
				code: head.denseShader(this.#headSizes()),
				inputs: { features, values: this.#values.now },
				targets: [{ texture: logits }]
			},
			{
				code: head.softmaxShader(classes),
				inputs: { logits, labels },
				targets: [{ texture: rows }]
			}
		];
	}

	#lossDraws(): DrawCall[] {
		return [
			{
				code: head.lossShader(),
				inputs: { rows: this.#rowsOfImages!.rows },
				targets: [{ texture: this.#metrics }],
				area: [0, 0, 1, 1]
			}
		];
	}

	#backwardDraws(current: Texture[], pool: MapPool): DrawCall[] {
		const layouts = this.#layouts;
		const { buffers } = this.plan;
		/** A draw that reads a map and puts another in its place. */
		const exchange = pool.exchange();
		const replace = (buffer: number, draw: (target: Texture) => DrawCall): DrawCall => {
			const target = exchange(buffers[buffer], current[buffer]);
			const made = draw(target);
			current[buffer] = target;
			return made;
		};
		return this.plan.backward.flatMap((op): DrawCall[] => {
			switch (op.kind) {
				case 'headGrad':
					return this.#headGradDraws(current[op.dz]);
				case 'combineGrad': {
					const { combine: forward } = op;
					const { activation, block, shortcut, norm } = forward;
					const z = layouts[forward.z];
					const { vectors, sums } = this.#vectors.get(forward)!;
					const layer = activation === 'relu' ? forward.layer : null;
					const layers = combine.gradSumLayers(block !== null, layer !== null);
					const parts = pool.parts(combine.SLICES, z.groups, layers);
					const of = { dz: current[op.dz], z: current[forward.z] };
					const map = current[forward.y];
					const first = this.#places[norm?.beta ?? biasOf(forward)].first;
					const draws: DrawCall[] = [
						{
							code: combine.combineGradSumsShader(z, activation, block !== null, layer !== null),
							inputs: { ...of, map, vectors },
							targets: [{ texture: parts }]
						},
						{
							code: combine.combineGradVectorsShader(z, norm !== null),
							inputs: { parts, vectors },
							targets: [{ texture: sums }]
						},
						{
							code: combine.affineGradShader(z),
							first,
							inputs: { sums },
							targets: [{ texture: this.#gradients }],
							area: [0, first / ROW, ROW, norm ? 2 : 1]
						}
					];
					if (block !== null)
						draws.push({
							code: combine.blockShader(z),
							inputs: { parts },
							targets: [{ texture: this.#metrics }],
							area: texelArea(this.#blockMetrics + block)
						});
					if (layer !== null)
						draws.push({
							code: combine.deadShader(z),
							inputs: { parts },
							targets: [{ texture: this.#metrics }],
							area: texelArea(this.#deadMetrics + layer)
						});
					draws.push(
						replace(forward.y, (texture) => ({
							code: combine.combineGradShader(z, activation),
							inputs: { ...of, map, vectors, sums },
							targets: [{ texture }]
						}))
					);
					if (op.keep)
						draws.push(
							replace(op.dz, (texture) => ({
								code: combine.shortcutGradShader(z, activation),
								inputs: of,
								targets: [{ texture }],
								gate: () => this.#gates[shortcut!.gate]
							}))
						);
					return draws;
				}
				case 'kernelGrad': {
					const sizes = this.#convSizes(op.conv);
					const [width, layers] = conv.kernelGradTexels(sizes);
					const parts = pool.parts(width, conv.kernelGradSlices(sizes), layers);
					return [
						{
							code: conv.kernelGradShader(sizes),
							inputs: { x: current[op.conv.x], dy: current[op.conv.y] },
							targets: [{ texture: parts }]
						},
						{
							code: conv.kernelGradSumShader(sizes),
							first: this.#places[op.conv.weights].first,
							inputs: { parts },
							targets: [{ texture: this.#gradients }],
							area: this.#areaOf(op.conv.weights)
						}
					];
				}
				case 'inputGrad': {
					const code = conv.inputGradShader(this.#convSizes(op.conv), op.accumulate);
					const inputs = { dy: current[op.conv.y], kernels: this.#values.now };
					const { first } = this.#places[op.conv.weights];
					if (!op.accumulate)
						return [{ code, first, inputs, targets: [{ texture: current[op.dx] }] }];
					const before = current[op.dx];
					return [
						replace(op.dx, (texture) => ({
							code,
							first,
							inputs: { ...inputs, before },
							targets: [{ texture }]
						}))
					];
				}
				case 'subsampleGrad': {
					const large = current[op.to];
					return [
						replace(op.to, (texture) => ({
							code: combine.subsampleGradShader(layouts[op.from], layouts[op.to], op.stride),
							inputs: { small: current[op.from], large },
							targets: [{ texture }]
						}))
					];
				}
			}
		});
	}

	#headGradDraws(dz: Texture): DrawCall[] {
		const { weights, bias, z } = this.plan.head;
		const { features, logits, labels, rows, dFeatures } = this.#rowsOfImages!;
		const sizes = this.#headSizes();
		const gradient = (ofBias: boolean, parameter: number): DrawCall => ({
			code: head.denseGradShader(sizes, ofBias),
			inputs: { features, logits, labels, rows },
			targets: [{ texture: this.#gradients }],
			area: this.#areaOf(parameter)
		});
		return [
			gradient(false, weights),
			...(bias === null ? [] : [gradient(true, bias)]),
			{
				code: head.featureGradShader(sizes),
				inputs: { values: this.#values.now, logits, labels, rows },
				targets: [{ texture: dFeatures }]
			},
			{
				code: head.poolGradShader(this.#layouts[z], this.plan.head.dropout),
				inputs: { dFeatures },
				targets: [{ texture: dz }]
			}
		];
	}

	/** Norms, and the optimiser's step. */
	#updateDraws(): DrawCall[] {
		const { layers, parameters } = this.plan.network;
		const { length } = parameters;
		const { now: values } = this.#values;
		const { now: velocities } = this.#velocities;
		const { now: squares } = this.#seconds;
		const norms = (
			numbers: Source,
			segments: Texture,
			first: number,
			count: number
		): DrawCall[] => [
			{
				code: head.rowSquaresShader(),
				inputs: { numbers },
				targets: [{ texture: this.#squares }]
			},
			{
				code: head.normsShader(first, count),
				inputs: { squares: this.#squares, segments },
				targets: [{ texture: this.#metrics }],
				area: [0, first / ROW, ROW, Math.ceil(count / ROW)]
			}
		];
		return [
			...norms(this.#gradients, this.#segments, head.FIRST_NORM, length),
			...norms(values, this.#layerSegments, this.#weightMetrics, layers.length),
			{
				code: head.haltShader(length),
				inputs: { metrics: this.#metrics, before: this.#halted.now },
				targets: [{ texture: this.#halted.next }]
			},
			{
				code: head.updateShader(),
				inputs: {
					values,
					velocities,
					squares,
					gradients: this.#gradients,
					halted: this.#halted.next
				},
				targets: [
					{ texture: this.#values.next },
					{ texture: this.#velocities.next },
					{ texture: this.#seconds.next },
					{ texture: this.#changes }
				]
			},
			...norms(this.#changes, this.#layerSegments, this.#updateMetrics, layers.length)
		];
	}

	/** Makes one step; resolves with what it tells, which is of before the update. */
	async step(batch: Batch, recipe: Recipe): Promise<LaneMetrics> {
		this.#upload(batch);
		this.#run([...this.#forward, ...this.#loss, ...this.#backward], {
			count: batch.shape[0],
			training: true,
			update: updateConstants(recipe),
			dropout: {
				key: dropoutKey(this.#seed, recipe.step),
				threshold: dropoutThreshold(this.plan.head.dropout)
			}
		});
		this.#hasSquares ||= keepsSquares(recipe.optimiser);
		for (const pair of [this.#values, this.#velocities, this.#seconds, this.#halted]) pair.swap();
		const { parameters, layers, blocks } = this.plan.network;
		const relus = new Set(
			this.plan.forward.flatMap((op) =>
				op.kind === 'combine' && op.activation === 'relu' ? [op.layer] : []
			)
		);
		const values = await this.#readbacks.read(this.#metrics);
		const blockMetric = (which: number) =>
			Float32Array.from(blocks, (_, i) => values[(this.#blockMetrics + i) * 4 + which]);
		const ofLayers = (first: number) =>
			Float32Array.from(layers, (_, i) => values[(first + i) * 4]);
		return {
			loss: values[0],
			trainingError: values[1],
			gradientNorms: Float32Array.from(parameters, (_, i) => values[(head.FIRST_NORM + i) * 4]),
			weightNorms: ofLayers(this.#weightMetrics),
			updateNorms: ofLayers(this.#updateMetrics),
			deadShares: ofLayers(this.#deadMetrics).map((share, i) => (relus.has(i) ? share : NaN)),
			blockOutputGradientNorms: blockMetric(0),
			blockOutputStd: blockMetric(1)
		};
	}

	/** Sum of the cross-entropy and number of wrong answers, with the running averages. */
	async evaluate(batch: Batch): Promise<{ loss: number; wrong: number }> {
		const [count] = batch.shape;
		this.#upload(batch);
		this.#run([...this.#evaluation(), ...this.#loss], { count, training: false });
		const [loss, wrong] = await this.#readbacks.read(this.#metrics);
		return { loss: loss * count, wrong: Math.round(wrong * count) };
	}

	/** Logits `[N, classes]`. */
	async logits(batch: Batch, training: boolean): Promise<Float32Array> {
		const [count] = batch.shape;
		const { classes } = this.plan.head;
		this.#upload(batch);
		this.#run(training ? this.#forward : this.#evaluation(), { count, training });
		const { logits } = this.#rowsOfImages!;
		const rows = await this.#readbacks.read(logits);
		const result = new Float32Array(count * classes);
		for (let n = 0; n < count; n++)
			result.set(rows.subarray(n * logits.width * 4, n * logits.width * 4 + classes), n * classes);
		return result;
	}

	/** A copy of all that training changes. */
	async state(): Promise<LaneState> {
		const { parameters } = this.plan.network;
		const norms = this.plan.forward.flatMap((op) =>
			op.kind === 'combine' && op.norm ? [{ op, index: op.norm.index }] : []
		);
		const gather = async (texture: Texture) => {
			const all = await this.#readbacks.read(texture);
			return this.#places.map(({ order }) => Float32Array.from(order, (i) => all[i]));
		};
		// All are asked for before the first is waited for, so that no step comes between.
		const running = norms.map(({ op }) => {
			const texture = this.#vectors.get(op)!.running.now();
			return Promise.all([0, 1].map((layer) => this.#readbacks.read(texture, layer)));
		});
		const hasSquares = this.#hasSquares;
		const [values, velocities, squares] = await Promise.all(
			[this.#values.now(), this.#velocities.now(), this.#seconds.now()].map(gather)
		);
		const averages: { mean: Float32Array; variance: Float32Array }[] = [];
		for (const [i, { op, index }] of norms.entries()) {
			const { channels } = this.plan.buffers[op.z];
			const [mean, variance] = await running[i];
			averages[index] = {
				mean: mean.slice(0, channels),
				variance: variance.slice(0, channels)
			};
		}
		return laneState(
			{ values, velocities, squares: hasSquares ? squares : null, averages },
			parameters,
			this.plan.norms
		);
	}

	/** See `Engine.load`. */
	load(state: LaneState): void {
		this.#put(orderedState(state, this.plan.network.parameters, this.plan.norms));
		this.#textures.write(this.#halted.now(), new Float32Array(4));
	}

	#put({ values, velocities, squares, averages }: StartingState): void {
		const put = (pair: Pair, list: readonly Float32Array[] | null) =>
			this.#textures.write(
				pair.now(),
				list ? spread(list, this.#places, this.#rows) : new Float32Array(this.#rows * ROW * 4)
			);
		put(this.#values, values);
		put(this.#velocities, velocities);
		put(this.#seconds, squares);
		this.#hasSquares = squares !== null;
		for (const [op, { running }] of this.#vectors) {
			const groups = Math.ceil(this.plan.buffers[op.z].channels / 4);
			const both = new Float32Array(groups * 8);
			if (op.norm) {
				both.set(averages[op.norm.index].mean);
				both.set(averages[op.norm.index].variance, groups * 4);
			}
			this.#textures.write(running.now(), both);
		}
	}

	#evaluation(): DrawCall[] {
		return this.#forward.filter((draw) => !this.#moments.has(draw));
	}

	#run(draws: readonly DrawCall[], step: StepUniforms): void {
		this.#programs.run(draws, step);
		for (const { running } of this.#vectors.values()) running.swap();
	}

	#areaOf(parameter: number): Area {
		const { first, texels } = this.#places[parameter];
		return [0, first / ROW, ROW, Math.ceil(texels / ROW)];
	}

	#convSizes(op: Convolution): conv.ConvSizes {
		return {
			x: this.#layouts[op.x],
			y: this.#layouts[op.y],
			conv: op
		};
	}

	#headSizes(): head.HeadSizes {
		const { z, classes, weights, bias } = this.plan.head;
		return {
			z: this.#layouts[z],
			classes,
			kernel: this.#places[weights].first,
			bias: bias === null ? null : this.#places[bias].first
		};
	}

	#upload({ images, labels, shape: [count, height, width, channels] }: Batch): void {
		const map = this.#layouts[0];
		if (count > this.#images)
			throw new RangeError(`batch ${count}: textures are laid out for ${this.#images} images`);
		if (height !== map.height || width !== map.width || channels !== map.channels)
			throw new RangeError(
				`images ${height}×${width}×${channels}: expected ${map.height}×${map.width}×${map.channels}`
			);
		const staging = this.#staging;
		staging.fill(0);
		const [across, texelRows] = map.texels;
		let from = 0;
		for (let n = 0; n < count; n++) {
			const ny = Math.floor(n / map.across);
			const nx = n % map.across;
			for (let y = 0; y < height; y++)
				for (let x = 0; x < width; x++)
					for (let c = 0; c < channels; c++) {
						const row = ((c >> 2) * map.down + ny) * (height + 2) + y + 1;
						const column = nx * map.tiles + Math.floor(x / map.columns);
						const layer = x % map.columns;
						staging[((layer * texelRows + row) * across + column) * 4 + (c & 3)] = images[from++];
					}
		}
		this.#textures.write(this.#image!, staging);
		const all = new Float32Array(this.#images * 4);
		labels.forEach((label, n) => (all[n * 4] = label));
		this.#textures.write(this.#rowsOfImages!.labels, all);
	}
}

function biasOf({ bias, z }: Combine): number {
	if (bias === null) throw new RangeError(`map ${z}: neither normalised nor with a bias`);
	return bias;
}

const texelArea = (texel: number): Area => [texel % ROW, Math.floor(texel / ROW), 1, 1];

/** Gives every parameter its rows: kernels as the programs read them, gamma in the row after its beta. */
function placeParameters({ network, forward, head: end, buffers }: Plan) {
	const places: Place[] = [];
	let first = 0;
	const place = (parameter: number, texels: number, order: (i: number) => number) => {
		const { size } = network.parameters[parameter];
		places[parameter] = {
			first,
			texels,
			order: Uint32Array.from({ length: size }, (_, i) => first * 4 + order(i))
		};
		first += Math.ceil(texels / ROW) * ROW;
	};
	/** A vector, or a matrix whose rows are padded to groups of four. */
	const rows = (parameter: number, width: number) => {
		const groups = Math.ceil(width / 4);
		const { size } = network.parameters[parameter];
		place(
			parameter,
			(size / width) * groups,
			(i) => Math.floor(i / width) * groups * 4 + (i % width)
		);
	};
	for (const op of forward)
		if (op.kind === 'conv') {
			const inputs = buffers[op.x].channels;
			const outputs = buffers[op.y].channels;
			const [x, y] = [inputs, outputs].map((channels) => Math.ceil(channels / 4) * 4);
			place(op.weights, (op.kernel[0] * op.kernel[1] * x * y) / 4, (i) => {
				const tap = Math.floor(i / (inputs * outputs));
				return (tap * x + (Math.floor(i / outputs) % inputs)) * y + (i % outputs);
			});
		} else {
			const { channels } = buffers[op.z];
			for (const parameter of op.norm ? [op.norm.beta, op.norm.gamma] : [biasOf(op)])
				rows(parameter, channels);
		}
	rows(end.weights, end.classes);
	if (end.bias !== null) rows(end.bias, end.classes);
	return { places, rows: first / ROW };
}

/** Numbers of all parameters in their places, zeros between them. */
function spread(
	list: readonly Float32Array[],
	places: readonly Place[],
	rows: number
): Float32Array {
	const all = new Float32Array(rows * ROW * 4);
	places.forEach(({ order }, p) => list[p].forEach((value, i) => (all[order[i]] = value)));
	return all;
}
