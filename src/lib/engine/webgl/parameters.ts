/** What training changes in a lane, on the device: parameters, the optimiser's state, running averages. */
import type { LaneState } from '../engine';
import { laneState, orderedState, type StartingState } from '../initialise';
import { padded, type Plan } from '../plan/plan';
import { ROW } from './layout';
import type { Texture, Textures } from './memory';
import { placeParameters, type Place } from './places';
import type { Readbacks } from './readback';

/** Two textures that take turns: a step reads one and writes the other. */
export class Pair {
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

export class Parameters {
	readonly #plan: Plan;
	readonly #textures: Textures;
	readonly #readbacks: Readbacks;
	/** Of all parameters. */
	readonly #rows: number;
	readonly places: readonly Place[];
	readonly values: Pair;
	readonly velocities: Pair;
	/** The mean of the squared gradients, where the optimiser keeps one. */
	readonly squares: Pair;
	readonly gradients: Texture;
	/** What the update takes off the values. */
	readonly changes: Texture;
	/** One texel: not 0 once a norm was not finite (no update any more), then what clipping multiplies gradients by. */
	readonly control: Pair;
	/** Running averages (mean, variance), by the index of the normalisation. */
	readonly running: readonly Pair[];
	/** An optimiser has kept squares of gradients. */
	hasSquares = false;

	constructor(plan: Plan, start: StartingState, textures: Textures, readbacks: Readbacks) {
		this.#plan = plan;
		this.#textures = textures;
		this.#readbacks = readbacks;
		const { places, rows } = placeParameters(plan);
		this.places = places;
		this.#rows = rows;
		const all = () => textures.flat(rows * ROW);
		const pair = (make: () => Texture) => new Pair(make(), make());
		this.values = pair(all);
		this.velocities = pair(all);
		this.squares = pair(all);
		this.gradients = all();
		this.changes = all();
		this.control = pair(() => textures.allocate(1, 1));
		this.running = plan.norms.map(({ channels }) =>
			pair(() => textures.allocate(padded(channels) / 4, 1, 2))
		);
		this.#put(start);
	}

	/** What an update has written takes the place of what it has read. */
	swap(): void {
		for (const pair of [this.values, this.velocities, this.squares, this.control]) pair.swap();
	}

	/** A copy. */
	async read(): Promise<LaneState> {
		const { hasSquares } = this;
		const { network, norms } = this.#plan;
		const gather = async (pair: Pair) => {
			const all = await this.#readbacks.read(pair.now());
			return this.places.map(({ order }) => Float32Array.from(order, (i) => all[i]));
		};
		const average = async (pair: Pair, layer: number, channels: number) =>
			(await this.#readbacks.read(pair.now(), layer)).slice(0, channels);
		// All are asked for before the first is waited for, so that no step comes between.
		const [values, velocities, squares, averages] = await Promise.all([
			gather(this.values),
			gather(this.velocities),
			gather(this.squares),
			Promise.all(
				this.running.map(async (pair, i) => {
					const { channels } = norms[i];
					const [mean, variance] = await Promise.all([
						average(pair, 0, channels),
						average(pair, 1, channels)
					]);
					return { mean, variance };
				})
			)
		]);
		return laneState(
			{ values, velocities, squares: hasSquares ? squares : null, averages },
			network.parameters,
			norms
		);
	}

	/** See `Engine.load`. */
	load(state: LaneState): void {
		this.#put(orderedState(state, this.#plan.network.parameters, this.#plan.norms));
		this.#textures.write(this.control.now(), new Float32Array(4));
	}

	#put({ values, velocities, squares, averages }: StartingState): void {
		const put = (pair: Pair, list: readonly Float32Array[] | null) => {
			const all = new Float32Array(this.#rows * ROW * 4);
			list?.forEach((numbers, p) => {
				const { order } = this.places[p];
				numbers.forEach((value, i) => (all[order[i]] = value));
			});
			this.#textures.write(pair.now(), all);
		};
		put(this.values, values);
		put(this.velocities, velocities);
		put(this.squares, squares);
		this.hasSquares = squares !== null;
		this.running.forEach((pair, i) => {
			const both = new Float32Array(padded(this.#plan.norms[i].channels) * 2);
			both.set(averages[i].mean);
			both.set(averages[i].variance, both.length / 2);
			this.#textures.write(pair.now(), both);
		});
	}
}
