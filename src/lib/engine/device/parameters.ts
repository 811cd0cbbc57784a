/** The state of a lane on the device: parameters, the optimiser's state, running averages. */
import type { LaneState } from '../engine';
import { laneState, orderedState, type StartingState } from '../initialise';
import { padded, type Plan } from '../plan/plan';

export abstract class DeviceParameters<Place> {
	readonly #plan: Plan;
	/** Total number of values of all parameters, including the gaps between them. */
	readonly count: number;
	/** The place of each parameter among all values. */
	readonly places: readonly Place[];
	/** Whether an optimiser has stored squares of gradients. */
	hasSquares = false;

	protected constructor(plan: Plan, places: readonly Place[], count: number) {
		this.#plan = plan;
		this.places = places;
		this.count = count;
	}

	/** Reads copies of values, velocities, squares, and `[mean, variance]` of each normalisation, all from the same step. */
	protected abstract fetch(): Promise<Float32Array[]>;
	/** Writes the same arrays, and restarts a lane that has halted. */
	protected abstract write(numbers: readonly Float32Array<ArrayBuffer>[]): void;
	/** Takes one parameter's values out of all; `place` writes them back. */
	protected abstract take(all: Float32Array, place: Place): Float32Array;
	protected abstract place(all: Float32Array, place: Place, numbers: Float32Array): void;

	/** Reads a copy of the lane's state. */
	async read(): Promise<LaneState> {
		const { hasSquares } = this;
		const { network, norms } = this.#plan;
		const numbers = await this.fetch();
		const [values, velocities, squares] = numbers
			.slice(0, 3)
			.map((all) => this.places.map((place) => this.take(all, place)));
		const averages = norms.map(({ channels }, i) => {
			const both = numbers[3 + i];
			const second = both.length / 2;
			return {
				mean: both.slice(0, channels),
				variance: both.slice(second, second + channels)
			};
		});
		const state = { values, velocities, squares: hasSquares ? squares : null, averages };
		return laneState(state, network.parameters, norms);
	}

	/** See `Engine.load`. */
	load(state: LaneState): void {
		this.put(orderedState(state, this.#plan.network.parameters, this.#plan.norms));
	}

	protected put({ values, velocities, squares, averages }: StartingState): void {
		this.hasSquares = squares !== null;
		const parameters = [values, velocities, squares ?? []].map((list) => {
			const all = new Float32Array(this.count);
			list.forEach((numbers, i) => this.place(all, this.places[i], numbers));
			return all;
		});
		const running = averages.map(({ mean, variance }) => {
			const both = new Float32Array(2 * padded(mean.length));
			both.set(mean);
			both.set(variance, both.length / 2);
			return both;
		});
		this.write([...parameters, ...running]);
	}
}
