/** The state of a lane in textures. */
import { DeviceParameters } from '../device/parameters';
import type { StartingState } from '../initialise';
import { padded, type Plan } from '../plan/plan';
import type { Texture, Textures } from './memory';
import { placeParameters, type Place } from './places';
import type { Readbacks } from './readback';

/** Two textures that alternate: a step reads one and writes the other. */
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

export class Parameters extends DeviceParameters<Place> {
	readonly #textures: Textures;
	readonly #readbacks: Readbacks;
	readonly values: Pair;
	readonly velocities: Pair;
	/** The mean of squared gradients, if the optimiser keeps one. */
	readonly squares: Pair;
	readonly gradients: Texture;
	/** The amounts that the update subtracts from the values. */
	readonly changes: Texture;
	/** One texel: not 0 once a norm was not finite (no more updates), and the clip factor. */
	readonly control: Pair;
	/** Running averages (mean, variance), by the index of the normalisation. */
	readonly running: readonly Pair[];

	constructor(plan: Plan, start: StartingState, textures: Textures, readbacks: Readbacks) {
		const { places, texels } = placeParameters(plan);
		super(plan, places, texels * 4);
		this.#textures = textures;
		this.#readbacks = readbacks;
		const all = () => textures.flat(texels);
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
		this.put(start);
	}

	/** Swaps the textures that an update has read and written. */
	swap(): void {
		for (const pair of [this.values, this.velocities, this.squares, this.control]) pair.swap();
	}

	get #kept(): readonly Pair[] {
		return [this.values, this.velocities, this.squares, ...this.running];
	}

	protected fetch(): Promise<Float32Array[]> {
		// Request all before waiting for the first, so that no step comes in between.
		return Promise.all(this.#kept.map((pair) => this.#readbacks.read(pair.now())));
	}

	protected write(numbers: readonly Float32Array[]): void {
		this.#kept.forEach((pair, i) => this.#textures.write(pair.now(), numbers[i]));
		this.#textures.write(this.control.now(), new Float32Array(4));
	}

	protected take(all: Float32Array, { order }: Place): Float32Array {
		return Float32Array.from(order, (i) => all[i]);
	}

	protected place(all: Float32Array, { order }: Place, numbers: Float32Array): void {
		numbers.forEach((value, i) => (all[order[i]] = value));
	}
}
