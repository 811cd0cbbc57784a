/** The state of a lane in buffers. */
import { DeviceParameters } from '../device/parameters';
import type { StartingState } from '../initialise';
import { padded, type Plan } from '../plan/plan';
import type { Buffers } from './memory';
import { placeKernels, placeParameters } from './places';
import type { Place, Region } from './programs';
import type { Readbacks } from './readback';

export class Parameters extends DeviceParameters<Place> {
	readonly #queue: GPUQueue;
	readonly #readbacks: Readbacks;
	readonly values: GPUBuffer;
	readonly velocities: GPUBuffer;
	readonly squares: GPUBuffer;
	/** Gradients; after the update, the amounts that it subtracted from the values. */
	readonly gradients: GPUBuffer;
	/** Two words: not 0 once a norm was not finite (no more updates), and the bits of the clip factor. */
	readonly control: GPUBuffer;
	/** Kernels packed for the convolutions, and the place of each value among them; see `placeKernels`. */
	readonly kernels: GPUBuffer;
	readonly order: GPUBuffer;
	/** Regions of the packed kernels, by the index of the kernel's parameter. */
	readonly packed: readonly { readonly forward: Region; readonly backward: Region }[];
	/** Running averages `[mean, variance]`, by the index of the normalisation. */
	readonly running: readonly GPUBuffer[];
	/** Whether values were loaded that have not been packed into the kernels yet. */
	unpacked = true;

	constructor(plan: Plan, start: StartingState, memory: Buffers, readbacks: Readbacks) {
		const placed = placeParameters(plan);
		super(plan, placed.places, placed.total);
		this.#queue = memory.device.queue;
		this.#readbacks = readbacks;
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
		this.put(start);
	}

	/** The region of a parameter in the values or the gradients. */
	region(buffer: GPUBuffer, parameter: number): Region {
		return { buffer, ...this.places[parameter] };
	}

	/** The segments `[first, size]` of the given parameters, in order. */
	segments(parameters: readonly number[]): Uint32Array<ArrayBuffer> {
		return Uint32Array.from(
			parameters.flatMap((i) => [this.places[i].first, this.places[i].count])
		);
	}

	get #kept(): readonly GPUBuffer[] {
		return [this.values, this.velocities, this.squares, ...this.running];
	}

	/** Bytes of a copy of the state. */
	get stateBytes(): number {
		return this.#kept.reduce((sum, { size }) => sum + size, 0);
	}

	protected fetch(): Promise<Float32Array[]> {
		return this.#readbacks.read(this.#kept);
	}

	protected write(numbers: readonly Float32Array<ArrayBuffer>[]): void {
		this.#kept.forEach((buffer, i) => this.#queue.writeBuffer(buffer, 0, numbers[i]));
		this.#queue.writeBuffer(this.control, 0, new Uint32Array(2));
		this.unpacked = true;
	}

	protected take(all: Float32Array, { first, count }: Place): Float32Array {
		return all.slice(first, first + count);
	}

	protected place(all: Float32Array, { first }: Place, numbers: Float32Array): void {
		all.set(numbers, first);
	}
}
