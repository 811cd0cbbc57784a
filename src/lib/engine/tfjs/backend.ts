/**
 * Opens tfjs's backends and selects one of them. The code that opens a backend passes it on, because tfjs itself has a
 * single global backend, which only `computeOn` changes.
 */
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-webgl';
import type { MathBackendWebGL } from '@tensorflow/tfjs-backend-webgl';
import '@tensorflow/tfjs-backend-webgpu';
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import * as tf from '@tensorflow/tfjs-core';
import type { BackendName, BackendReason } from '../engine';
import './wasmFiles';

// Keep small tensors on the device that the page reports, instead of a hidden cpu backend.
tf.env().set('WEBGL_CPU_FORWARD', false);
tf.env().set('WEBGPU_CPU_FORWARD', false);

interface Opened<Name extends BackendName, Tfjs extends tf.KernelBackend> {
	readonly name: Name;
	/** The driver's description of the device, which tells a graphics card from a software adapter; null if there is none. */
	readonly device: string | null;
	/**
	 * Resolves with the driver's message when the device is lost, after a driver reset or when a laptop sleeps. Never
	 * resolves on wasm and cpu.
	 */
	readonly lost: Promise<string>;
	/** tfjs's backend object, which owns the device or the context. */
	readonly tfjs: Tfjs;
}

/** An open backend. */
export type Backend =
	| Opened<'webgpu', WebGPUBackend>
	| Opened<'webgl', MathBackendWebGL>
	| Opened<'wasm' | 'cpu', tf.KernelBackend>;

/** Thrown when a backend cannot be used. */
export class BackendError extends Error {
	override readonly name = 'BackendError';
	constructor(
		readonly reason: BackendReason,
		/** See `Backend.device`; also null if no device was opened. */
		readonly device: string | null = null
	) {
		super('detail' in reason ? `${reason.code}: ${reason.detail}` : reason.code);
	}
}

const opening: { [Name in BackendName]?: tf.KernelBackend | Promise<tf.KernelBackend> } = {};

/**
 * Opens a backend without disturbing work on another one; returns the open one if it is open already.
 * @throws BackendError saying why it cannot be used
 */
export async function openBackend(name: BackendName): Promise<Backend> {
	const missing = missingInterface(name);
	if (missing) throw new BackendError(missing);
	const { registry, registryFactory } = tf.engine();
	if (!(name in registryFactory)) throw new BackendError({ code: 'no-adapter' });
	try {
		// Overlapping calls share one device.
		registry[name] ??= await (opening[name] ??= registryFactory[name].factory());
	} catch {
		delete opening[name];
		throw new BackendError({ code: 'no-adapter' });
	}
	const backend = describe(name, registry[name]);
	if (name === 'webgl' && !tf.env().getBool('WEBGL_RENDER_FLOAT32_CAPABLE'))
		throw new BackendError({ code: 'half-precision' }, backend.device);
	return backend;
}

/** Makes this backend tfjs's global one. Call it before computing with tfjs, and again after every await. */
export function computeOn({ name }: Backend): void {
	// This takes effect at once, before the promise resolves, because the backend is open.
	if (tf.getBackend() !== name) void tf.setBackend(name);
}

function describe(name: BackendName, tfjs: tf.KernelBackend): Backend {
	switch (name) {
		case 'webgpu': {
			const { device } = tfjs as WebGPUBackend;
			const info = device.adapterInfo as GPUAdapterInfo | undefined;
			return {
				name,
				device: info
					? [info.vendor, info.architecture, info.description].filter(Boolean).join(' ')
					: null,
				lost: device.lost.then(({ reason, message }) => message || reason),
				tfjs: tfjs as WebGPUBackend
			};
		}
		case 'webgl': {
			const { gl } = (tfjs as MathBackendWebGL).gpgpu;
			const names = gl.getExtension('WEBGL_debug_renderer_info');
			return {
				name,
				device: gl.getParameter(names ? names.UNMASKED_RENDERER_WEBGL : gl.RENDERER) || null,
				lost: new Promise((resolve) =>
					gl.canvas.addEventListener('webglcontextlost', () => resolve('webglcontextlost'))
				),
				tfjs: tfjs as MathBackendWebGL
			};
		}
		default:
			return { name, device: null, lost: new Promise(() => {}), tfjs };
	}
}

/** The interface that the browser lacks for a backend, found without starting it; null if it has all. */
function missingInterface(name: BackendName): BackendReason | null {
	if (name === 'webgpu' && !(typeof navigator !== 'undefined' && 'gpu' in navigator))
		return { code: globalThis.isSecureContext === false ? 'insecure-context' : 'not-supported' };
	if (name === 'webgl' && typeof WebGL2RenderingContext === 'undefined')
		return { code: 'not-supported' };
	if (name === 'wasm' && typeof WebAssembly === 'undefined') return { code: 'not-supported' };
	return null;
}
