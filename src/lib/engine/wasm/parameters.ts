/** The state of a lane: parameters and the optimiser's state in a module's memory, and running averages. */
import type { LaneState } from '../engine';
import { laneState, orderedState, type StartingState } from '../initialise';
import { padded, type Plan } from '../plan/plan';
import type { WasmModule } from './module';

export class Parameters {
	readonly #plan: Plan;
	readonly #module: WasmModule;
	/** Offset of each parameter in bytes, relative to the pointers below. */
	readonly #offsets: readonly number[];
	readonly values: number;
	readonly velocities: number;
	readonly squares: number;
	readonly gradients: number;
	/** Running averages by the index of the normalisation. */
	running: StartingState['averages'] = [];
	/** Set once a norm was not finite: no more updates. */
	halted = false;
	/** Whether an optimiser has stored squares of gradients. */
	hasSquares = false;

	constructor(plan: Plan, start: StartingState, module: WasmModule) {
		this.#plan = plan;
		this.#module = module;
		let bytes = 0;
		this.#offsets = plan.network.parameters.map(({ size }) => {
			const offset = bytes;
			// Padded, because the update works on groups of four.
			bytes += padded(size) * 4;
			return offset;
		});
		this.values = module.allocate(bytes);
		this.velocities = module.allocate(bytes);
		this.squares = module.allocate(bytes);
		this.gradients = module.allocate(bytes);
		this.#put(start);
	}

	/** Pointer to one parameter in one of the arrays `values`, `gradients`, … */
	at(all: number, parameter: number): number {
		return all + this.#offsets[parameter];
	}

	/** A view of one parameter in one of these arrays; invalid after the next allocation. */
	view(all: number, parameter: number): Float32Array<ArrayBuffer> {
		const { size } = this.#plan.network.parameters[parameter];
		return this.#module.floats(this.at(all, parameter), size);
	}

	/** Reads a copy of the lane's state. */
	read(): LaneState {
		const { network, norms } = this.#plan;
		const copy = (all: number) => network.parameters.map((_, i) => this.view(all, i).slice());
		return laneState(
			{
				values: copy(this.values),
				velocities: copy(this.velocities),
				squares: this.hasSquares ? copy(this.squares) : null,
				averages: this.running.map(({ mean, variance }) => ({
					mean: mean.slice(),
					variance: variance.slice()
				}))
			},
			network.parameters,
			norms
		);
	}

	/** See `Engine.load`. */
	load(state: LaneState): void {
		this.#put(orderedState(state, this.#plan.network.parameters, this.#plan.norms));
		this.halted = false;
	}

	#put({ values, velocities, squares, averages }: StartingState): void {
		for (const i of values.keys()) {
			this.view(this.values, i).set(values[i]);
			this.view(this.velocities, i).set(velocities[i]);
			if (squares) this.view(this.squares, i).set(squares[i]);
			else this.view(this.squares, i).fill(0);
		}
		this.hasSquares = squares !== null;
		this.running = averages;
	}
}
