/**
 * Opens tfjs's backends, and puts tfjs on one of them. Whoever opens a backend holds it and passes it on: tfjs itself
 * has one backend at a time for the whole worker, which `computeOn` alone changes.
 */
import '@tensorflow/tfjs-backend-cpu';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import wasmPlain from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url';
import wasmSimd from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import wasmThreaded from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm?url';
import '@tensorflow/tfjs-backend-webgl';
import type { MathBackendWebGL } from '@tensorflow/tfjs-backend-webgl';
import '@tensorflow/tfjs-backend-webgpu';
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import * as tf from '@tensorflow/tfjs-core';
import type { BackendName, BackendReason } from '../engine';

setWasmPaths({
	'tfjs-backend-wasm.wasm': wasmPlain,
	'tfjs-backend-wasm-simd.wasm': wasmSimd,
	'tfjs-backend-wasm-threaded-simd.wasm': wasmThreaded
});
// One thread: the threaded build starts workers of its own from addresses that a bundle does not have.
tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
// Small tensors stay on the device that is being measured and shown, not on a hidden cpu backend.
tf.env().set('WEBGL_CPU_FORWARD', false);
tf.env().set('WEBGPU_CPU_FORWARD', false);

interface Opened<Name extends BackendName, Tfjs extends tf.KernelBackend> {
	readonly name: Name;
	/** What the driver says it is, to tell a graphics card from a software adapter; null if it says nothing. */
	readonly device: string | null;
	/**
	 * Resolves, with the driver's words, when the device is lost: after a driver reset, or when a laptop sleeps. Never on
	 * wasm and cpu.
	 */
	readonly lost: Promise<string>;
	/** tfjs's own object, which has opened the device or the context. */
	readonly tfjs: Tfjs;
}

/** A backend that has been opened. */
export type Backend =
	| Opened<'webgpu', WebGPUBackend>
	| Opened<'webgl', MathBackendWebGL>
	| Opened<'wasm' | 'cpu', tf.KernelBackend>;

/** The backend cannot compute what is asked of it. */
export class BackendError extends Error {
	override readonly name = 'BackendError';
	constructor(
		readonly reason: BackendReason,
		/** See `Backend.device`; null as well where none was opened. */
		readonly device: string | null = null
	) {
		super('detail' in reason ? `${reason.code}: ${reason.detail}` : reason.code);
	}
}

const opening: { [Name in BackendName]?: tf.KernelBackend | Promise<tf.KernelBackend> } = {};

/**
 * Opens a backend, however fast it is; what computes on another one is not disturbed. One that is open already is opened
 * no second time.
 * @throws BackendError saying why it cannot be used
 */
export async function openBackend(name: BackendName): Promise<Backend> {
	const missing = missingInterface(name);
	if (missing) throw new BackendError(missing);
	const { registry, registryFactory } = tf.engine();
	if (!(name in registryFactory)) throw new BackendError({ code: 'no-adapter' });
	try {
		// Calls that overlap open one device.
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

/** To be called by whatever computes with tfjs, before it does and again after whatever it has waited for. */
export function computeOn({ name }: Backend): void {
	// At once, and not only when the promise resolves, since the backend is open.
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

/** What the browser lacks for a backend, seen without starting it; null when nothing. */
function missingInterface(name: BackendName): BackendReason | null {
	if (name === 'webgpu' && !(typeof navigator !== 'undefined' && 'gpu' in navigator))
		return { code: globalThis.isSecureContext === false ? 'insecure-context' : 'not-supported' };
	if (name === 'webgl' && typeof WebGL2RenderingContext === 'undefined')
		return { code: 'not-supported' };
	if (name === 'wasm' && typeof WebAssembly === 'undefined') return { code: 'not-supported' };
	return null;
}
