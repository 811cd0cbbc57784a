/** What training changes in a lane, on the device: parameters, the optimiser's state, running averages. */
import type { LaneState } from '../engine';
import { laneState, orderedState, type StartingState } from '../initialise';
import { padded, type Plan } from '../plan/plan';
import type { DeviceMemory } from './memory';
import { placeKernels, placeParameters, type Place } from './places';
import type { Region } from './programs';
import type { Readbacks } from './readback';

export class Parameters {
	readonly #plan: Plan;
	readonly #device: GPUDevice;
	readonly #readbacks: Readbacks;
	readonly #places: readonly Place[];
	/** Numbers of all parameters, with the gaps between them. */
	readonly count: number;
	readonly values: GPUBuffer;
	readonly velocities: GPUBuffer;
	readonly squares: GPUBuffer;
	/** After the update: what it has taken off the values. */
	readonly gradients: GPUBuffer;
	/** Not 0 once a norm was not finite: no update any more. Then the bits of what clipping multiplies gradients by. */
	readonly control: GPUBuffer;
	/** Kernels as convolutions read them, and where each value goes among them; see `placeKernels`. */
	readonly kernels: GPUBuffer;
	readonly order: GPUBuffer;
	/** By the index of the kernel's parameter. */
	readonly packed: readonly { readonly forward: Region; readonly backward: Region }[];
	/** Running averages `[mean, variance]`, by the index of the normalisation. */
	readonly running: readonly GPUBuffer[];
	/** An optimiser has kept squares of gradients. */
	hasSquares = false;
	/** Values have been put in the place of others, and not yet among the kernels. */
	unpacked = true;

	constructor(
		plan: Plan,
		start: StartingState,
		device: GPUDevice,
		memory: DeviceMemory,
		readbacks: Readbacks
	) {
		this.#plan = plan;
		this.#device = device;
		this.#readbacks = readbacks;
		const placed = placeParameters(plan);
		this.#places = placed.places;
		this.count = placed.total;
		const all = () => memory.allocate(placed.total * 4);
		this.values = all();
		this.velocities = all();
		this.squares = all();
		this.gradients = all();
		this.control = memory.allocate(8);
		const { kernels, order, count } = placeKernels(plan, placed);
		const buffer = memory.allocate(count * 4);
		this.kernels = buffer;
		this.order = memory.upload(order);
		this.packed = kernels.map(({ forward, backward }) => ({
			forward: { buffer, ...forward },
			backward: { buffer, ...backward }
		}));
		this.running = plan.norms.map(({ channels }) => memory.allocate(padded(channels) * 8));
		this.#put(start);
	}

	/** A parameter among the values or among the gradients. */
	region(buffer: GPUBuffer, parameter: number): Region {
		return { buffer, ...this.#places[parameter] };
	}

	/** First number of a parameter. */
	firstOf(parameter: number): number {
		return this.#places[parameter].first;
	}

	/** `[first, size]` of parameters, one after another. */
	segments(parameters: readonly number[]): Uint32Array<ArrayBuffer> {
		return Uint32Array.from(
			parameters.flatMap((i) => [this.#places[i].first, this.#places[i].count])
		);
	}

	/** A copy. */
	async read(): Promise<LaneState> {
		const { hasSquares } = this;
		const whole = (buffer: GPUBuffer) => [buffer, buffer.size / 4] as const;
		const [values, velocities, squares, ...running] = await this.#readbacks.read([
			...[this.values, this.velocities, this.squares].map(whole),
			...this.running.map(whole)
		]);
		const gather = (all: Float32Array) =>
			this.#places.map(({ first, count }) => all.slice(first, first + count));
		const { network, norms } = this.#plan;
		return laneState(
			{
				values: gather(values),
				velocities: gather(velocities),
				squares: hasSquares ? gather(squares) : null,
				averages: running.map((both, i) => {
					const { channels } = norms[i];
					const second = both.length / 2;
					return {
						mean: both.slice(0, channels),
						variance: both.slice(second, second + channels)
					};
				})
			},
			network.parameters,
			norms
		);
	}

	/** See `Engine.load`. */
	load(state: LaneState): void {
		this.#put(orderedState(state, this.#plan.network.parameters, this.#plan.norms));
		this.#device.queue.writeBuffer(this.control, 0, new Uint32Array(2));
	}

	#put({ values, velocities, squares, averages }: StartingState): void {
		const { queue } = this.#device;
		const put = (buffer: GPUBuffer, list: readonly Float32Array[]) => {
			const all = new Float32Array(this.count);
			list.forEach((numbers, i) => all.set(numbers, this.#places[i].first));
			queue.writeBuffer(buffer, 0, all);
		};
		put(this.values, values);
		put(this.velocities, velocities);
		put(this.squares, squares ?? []);
		this.hasSquares = squares !== null;
		this.running.forEach((buffer, i) => {
			const both = new Float32Array(buffer.size / 4);
			both.set(averages[i].mean);
			both.set(averages[i].variance, both.length / 2);
			queue.writeBuffer(buffer, 0, both);
		});
		this.unpacked = true;
	}
}
