/**
 * Chooses what computes: each backend of tfjs is tried with a real training step on this machine, and
 * the fastest that gives right numbers is taken. The reason is kept for each of the others.
 */
import type { Batch } from '$lib/base/image';
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
import { cifarNetwork } from '$lib/network';
import {
	BACKENDS,
	type BackendChoice,
	type BackendName,
	type BackendReason,
	type BackendTrial
} from './engine';
import { isSoftware } from './adapters';
import { createEngine } from './create';
import { TimeoutError, within } from '$lib/base/patience';

/** No backend works here; what was tried is kept. */
export class NoBackendError extends Error {
	constructor(readonly trials: readonly BackendTrial[]) {
		super('no backend works in this browser');
		this.name = 'NoBackendError';
	}
}

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

/** The step that each backend is tried with: a small residual network on one batch. */
const TRIAL = {
	network: cifarNetwork({
		depth: 8,
		width: 8,
		size: 16,
		channels: 1,
		shortcut: 'A',
		activation: 'relu',
		batchNorm: true,
		initialisation: 'he'
	}),
	recipe: { learningRate: 0.05, momentum: 0.9, weightDecay: 1e-4 },
	batch: trialBatch(32)
};

/** A backend that needs this much longer than another is given up before its third step. */
const HOPELESS = 8;
/** A backend earlier in the list is preferred while it is not slower than this. */
const NEARLY = 1.1;
/**
 * A trial takes a few seconds where shaders are slow to compile; a device that never answers takes for ever. wasm has no
 * device, but files to fetch, perhaps by a whole class at once.
 */
const TRIAL_WITHIN_MS: Readonly<Record<BackendName, number>> = {
	webgpu: 30_000,
	webgl: 30_000,
	wasm: 55_000,
	cpu: 55_000
};
/** Relative difference of the trial's losses between backends that is still rounding. */
const AGREEMENT = 1e-3;

interface ChooseOptions {
	/** Taken when it works, however fast. */
	preferred?: BackendName;
	onTry?: (name: BackendName) => void;
	onTrial?: (trial: BackendTrial) => void;
	/** Milliseconds that a trial may take, in place of what is usual for the backend. */
	patience?: number;
}

/** The backend that tfjs was last asked to stand on. */
let wanted: BackendName | null = null;

/** A trial that worked, before it is known whether it is the one taken. */
interface Success {
	readonly milliseconds: number;
	readonly device: string | null;
	readonly losses: readonly number[];
}

type Outcome = Success | { readonly reason: BackendReason; readonly device: string | null };

/**
 * Tries the backends and leaves tfjs on the one taken. wasm goes first, as the measure that the others have to beat;
 * a software adapter known by its name is not timed where wasm works; cpu is the last resort.
 * @throws NoBackendError when none works
 */
export async function chooseBackend(options: ChooseOptions = {}): Promise<BackendChoice> {
	const { preferred, onTry, onTrial, patience } = options;
	const outcomes = new Map<BackendName, Outcome>();
	const attempt = async (name: BackendName, measure: Success | null = null) => {
		onTry?.(name);
		const outcome = await tryBackend(name, measure, patience ?? TRIAL_WITHIN_MS[name]);
		outcomes.set(name, outcome);
		if ('reason' in outcome)
			onTrial?.({ name, milliseconds: null, device: outcome.device, reason: outcome.reason });
	};
	const success = (name: BackendName) => {
		const outcome = outcomes.get(name);
		return outcome && !('reason' in outcome) ? outcome : null;
	};

	if (preferred) {
		await attempt(preferred);
		if (success(preferred)) return take(preferred, outcomes, 'not-chosen');
	}
	if (!outcomes.has('wasm')) await attempt('wasm');
	const measure = success('wasm');
	for (const name of ['webgpu', 'webgl'] as const) {
		if (outcomes.has(name)) continue;
		await attempt(name, measure);
		const found = success(name);
		if (found && measure && !agrees(found.losses, measure.losses))
			outcomes.set(name, {
				device: found.device,
				reason: {
					code: 'not-finite',
					detail: `losses ${found.losses.join(', ')} instead of ${measure.losses.join(', ')}`
				}
			});
	}
	const worked = BACKENDS.filter((name) => success(name));
	if (!worked.length && !outcomes.has('cpu')) await attempt('cpu');
	if (success('cpu')) return take('cpu', outcomes, 'slower');
	if (!worked.length) throw new NoBackendError(trialsOf(outcomes, null, 'slower'));
	const fastest = Math.min(...worked.map((name) => success(name)!.milliseconds));
	const taken = worked.find((name) => success(name)!.milliseconds <= fastest * NEARLY)!;
	return take(taken, outcomes, 'slower');
}

async function take(
	name: BackendName,
	outcomes: ReadonlyMap<BackendName, Outcome>,
	others: 'slower' | 'not-chosen'
): Promise<BackendChoice> {
	wanted = name;
	await tf.setBackend(name);
	return { name, trials: trialsOf(outcomes, name, others) };
}

function trialsOf(
	outcomes: ReadonlyMap<BackendName, Outcome>,
	taken: BackendName | null,
	others: 'slower' | 'not-chosen'
): BackendTrial[] {
	return BACKENDS.map((name): BackendTrial => {
		const outcome = outcomes.get(name);
		if (!outcome) return { name, milliseconds: null, device: null, reason: { code: 'not-chosen' } };
		const { device } = outcome;
		if ('reason' in outcome) return { name, milliseconds: null, device, reason: outcome.reason };
		const { milliseconds } = outcome;
		if (name === taken || !taken) return { name, milliseconds, device, reason: null };
		const reason: BackendReason =
			others === 'slower' ? { code: 'slower', than: taken } : { code: 'not-chosen' };
		return { name, milliseconds, device, reason };
	});
}

/**
 * Runs the trial step.
 * @param measure wasm's outcome: a backend that is the processor by its name is not timed beside it, and one that is
 * hopelessly slower not twice
 */
async function tryBackend(
	name: BackendName,
	measure: Success | null,
	patience: number
): Promise<Outcome> {
	const given = new AbortController();
	try {
		return await within(runTrial(name, measure, given.signal), patience, name);
	} catch (error) {
		if (!(error instanceof TimeoutError)) throw error;
		given.abort();
		return { reason: { code: 'silent', seconds: error.milliseconds / 1000 }, device: null };
	}
}

async function runTrial(
	name: BackendName,
	measure: Success | null,
	signal: AbortSignal
): Promise<Outcome> {
	let device: string | null = null;
	try {
		const reason = await openBackend(name);
		if (signal.aborted) {
			// tfjs is on this backend now, which came too late: back to the one that was asked for since.
			if (wanted) await tf.setBackend(wanted);
			return { reason: { code: 'not-chosen' }, device };
		}
		// Without a backend there is nothing to ask: tfjs would start another one in its place.
		if (!reason || reason.code === 'half-precision') device = describeDevice(name);
		if (reason) return { reason, device };
		if (measure && device !== null && isSoftware(device))
			return { reason: { code: 'software' }, device };
		const engine = await createEngine([{ network: TRIAL.network, seed: 1 }]);
		try {
			const losses: number[] = [];
			const times: number[] = [];
			// The first step compiles; when it alone is hopeless, compiling is not the reason.
			for (let step = 0; step < 3; step++) {
				const started = performance.now();
				const [metrics] = await engine.step(TRIAL.batch, TRIAL.recipe);
				times.push(performance.now() - started);
				losses.push(metrics!.loss);
				if (measure && step > 0 && times.at(-1)! > measure.milliseconds * HOPELESS) break;
			}
			if (!losses.every(Number.isFinite))
				return { reason: { code: 'not-finite', detail: `losses ${losses.join(', ')}` }, device };
			return { milliseconds: Math.min(...times.slice(1)), device, losses };
		} finally {
			engine.dispose();
		}
	} catch (error) {
		const detail = error instanceof Error ? error.message : String(error);
		return { reason: { code: 'failed', detail }, device };
	}
}

/** Puts tfjs on a backend, however fast; says why where it cannot compute what is asked of it. */
export async function openBackend(name: BackendName): Promise<BackendReason | null> {
	const missing = missingInterface(name);
	if (missing) return missing;
	if (!(await setBackend(name))) return { code: 'no-adapter' };
	if (name === 'webgl' && !tf.env().getBool('WEBGL_RENDER_FLOAT32_CAPABLE'))
		return { code: 'half-precision' };
	return null;
}

/**
 * Calls back once, with the driver's words, when the device that tfjs computes on is lost: after a driver
 * reset, or when a laptop sleeps. wasm and cpu are never lost.
 */
export function watchDevice(onLost: (detail: string) => void): void {
	let watching = true;
	const lost = (detail: string) => {
		if (watching) onLost(detail);
		watching = false;
	};
	const backend = tf.backend();
	if (tf.getBackend() === 'webgpu')
		void (backend as WebGPUBackend).device.lost.then(({ reason, message }) =>
			lost(message || reason)
		);
	if (tf.getBackend() === 'webgl') {
		const { canvas } = (backend as MathBackendWebGL).gpgpu.gl;
		canvas.addEventListener('webglcontextlost', () => lost('webglcontextlost'));
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

/** False where the backend has no adapter; tfjs throws for one that never registered. */
async function setBackend(name: BackendName): Promise<boolean> {
	if (!tf.engine().registryFactory[name]) return false;
	wanted = name;
	return tf.setBackend(name);
}

/** What the driver says it is, to tell a graphics card from a software adapter; null if it says nothing. */
export function describeDevice(name: BackendName): string | null {
	if (name === 'webgpu') {
		const info = (tf.backend() as WebGPUBackend).device.adapterInfo as GPUAdapterInfo | undefined;
		return info
			? [info.vendor, info.architecture, info.description].filter(Boolean).join(' ')
			: null;
	}
	if (name === 'webgl') {
		const { gl } = (tf.backend() as MathBackendWebGL).gpgpu;
		const names = gl.getExtension('WEBGL_debug_renderer_info');
		return gl.getParameter(names ? names.UNMASKED_RENDERER_WEBGL : gl.RENDERER) || null;
	}
	return null;
}

function agrees(losses: readonly number[], measure: readonly number[]): boolean {
	return losses.every((loss, i) => Math.abs(loss - measure[i]) <= AGREEMENT * Math.abs(measure[i]));
}

/** Pixels between −1 and 1 that are neither constant nor periodic, the same everywhere. */
function trialBatch(count: number): Batch {
	return {
		images: Float32Array.from({ length: count * 256 }, (_, i) => Math.sin((i * i) % 4093)),
		labels: Int32Array.from({ length: count }, (_, i) => i % 10),
		shape: [count, 16, 16, 1]
	};
}
