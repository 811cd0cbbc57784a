/** Counts the kernels that one step launches; the counters are installed only for that step. */
import * as tf from '@tensorflow/tfjs-core';
import type { BackendName } from '$lib/engine';

type Methods = Record<string, (...args: unknown[]) => unknown>;

/**
 * On webgpu and webgl, counts all dispatches or draw calls; on wasm and cpu, the kernels of tfjs. Returns null if there
 * are none, because other code cannot be counted there.
 */
export async function countLaunches(
	backend: BackendName,
	step: () => Promise<unknown>
): Promise<number | null> {
	let launches = 0;
	const watched = watchedOn(backend).map(({ owner, names }) => {
		const methods = owner as Methods;
		return names.map((name) => {
			const own = Object.hasOwn(methods, name);
			const original = methods[name];
			methods[name] = function (this: unknown, ...args: unknown[]) {
				launches++;
				return original.apply(this, args);
			};
			return () => {
				if (own) methods[name] = original;
				else delete methods[name];
			};
		});
	});
	try {
		await step();
	} finally {
		for (const restore of watched.flat()) restore();
	}
	return launches || null;
}

function watchedOn(backend: BackendName): { owner: object; names: string[] }[] {
	switch (backend) {
		case 'webgpu':
			return [
				{
					owner: GPUComputePassEncoder.prototype,
					names: ['dispatchWorkgroups', 'dispatchWorkgroupsIndirect']
				}
			];
		case 'webgl':
			return [{ owner: WebGL2RenderingContext.prototype, names: ['drawArrays', 'drawElements'] }];
		default:
			return [{ owner: tf.engine(), names: ['runKernel'] }];
	}
}
