/** Times every dispatch of a step on WebGPU by timestamps of the device: each runs in its own compute pass. */

/** One dispatch: the label of its pipeline, its workgroups, and nanoseconds on the device. */
export interface TimedDispatch {
	readonly label: string;
	readonly workgroups: readonly number[];
	readonly nanoseconds: number;
}

/** Largest size of a query set. */
const QUERIES = 4096;

/**
 * Runs a step with one pass per dispatch. Times at most `QUERIES / 2` dispatches.
 * @throws Error if the device has no timestamps
 */
export async function timestamps(step: () => Promise<unknown>): Promise<TimedDispatch[]> {
	const original = Object.getOwnPropertyDescriptor(GPUDevice.prototype, 'createCommandEncoder')!
		.value as GPUDevice['createCommandEncoder'];
	const dispatches: { label: string; workgroups: number[] }[] = [];
	let queries: GPUQuerySet | null = null;
	const devices = new Set<GPUDevice>();
	GPUDevice.prototype.createCommandEncoder = function (this: GPUDevice, descriptor) {
		if (!this.features.has('timestamp-query')) throw new Error('the device has no timestamp-query');
		devices.add(this);
		queries ??= this.createQuerySet({ type: 'timestamp', count: QUERIES });
		const set = queries;
		const encoder = original.call(this, descriptor);
		const begin = encoder.beginComputePass.bind(encoder);
		encoder.beginComputePass = () => {
			let pipeline: GPUComputePipeline;
			const bound: (readonly [number, GPUBindGroup])[] = [];
			const pass = {
				setPipeline: (next: GPUComputePipeline) => (pipeline = next),
				setBindGroup: (index: number, group: GPUBindGroup) => (bound[index] = [index, group]),
				dispatchWorkgroups(...workgroups: [number, number?, number?]) {
					const first = 2 * dispatches.length;
					const timed = first + 1 < QUERIES;
					const one = begin(
						timed
							? {
									timestampWrites: {
										querySet: set,
										beginningOfPassWriteIndex: first,
										endOfPassWriteIndex: first + 1
									}
								}
							: {}
					);
					one.setPipeline(pipeline);
					for (const each of bound) if (each) one.setBindGroup(...each);
					one.dispatchWorkgroups(...workgroups);
					one.end();
					if (timed)
						dispatches.push({
							label: pipeline.label,
							workgroups: workgroups.filter((n) => n !== undefined)
						});
				},
				end() {}
			};
			return pass as unknown as GPUComputePassEncoder;
		};
		return encoder;
	};
	try {
		await step();
	} finally {
		GPUDevice.prototype.createCommandEncoder = original;
	}
	const [device] = devices;
	if (!device || !queries) return [];
	const nanoseconds = await read(device, queries, 2 * dispatches.length);
	return dispatches.map((each, i) => ({
		...each,
		nanoseconds: Number(nanoseconds[2 * i + 1] - nanoseconds[2 * i])
	}));
}

async function read(device: GPUDevice, queries: GPUQuerySet, count: number) {
	const size = count * 8;
	const { QUERY_RESOLVE, COPY_SRC, COPY_DST, MAP_READ } = GPUBufferUsage;
	const resolved = device.createBuffer({ size, usage: QUERY_RESOLVE | COPY_SRC });
	const copy = device.createBuffer({ size, usage: COPY_DST | MAP_READ });
	const encoder = device.createCommandEncoder();
	encoder.resolveQuerySet(queries, 0, count, resolved, 0);
	encoder.copyBufferToBuffer(resolved, 0, copy, 0, size);
	device.queue.submit([encoder.finish()]);
	await copy.mapAsync(GPUMapMode.READ);
	const times = new BigUint64Array(copy.getMappedRange().slice(0));
	for (const each of [resolved, copy]) each.destroy();
	queries.destroy();
	return times;
}
