/**
 * Chooses the backend: tries each one with a real training step on this machine and takes the fastest that computes
 * correctly. For each of the others, it keeps the reason.
 */
import type { Batch } from '$lib/base/image';
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
import { kernelVariant } from './wasm/module';
import { TimeoutError, within } from '$lib/base/patience';
import { BackendError, openBackend, type Backend } from './tfjs/backend';

/** Thrown when no backend works; holds the trials. */
export class NoBackendError extends Error {
	constructor(readonly trials: readonly BackendTrial[]) {
		super('no backend works in this browser');
		this.name = 'NoBackendError';
	}
}

/** The trial step: a small residual network on one batch. */
const TRIAL = {
	network: cifarNetwork({
		depth: 8,
		width: 8,
		size: 16,
		channels: 1,
		shortcut: 'A',
		activation: 'relu',
		norm: 'batch',
		initialisation: 'he'
	}),
	recipe: { learningRate: 0.05, momentum: 0.9, weightDecay: 1e-4 },
	batch: trialBatch(32)
};

/** A backend that is this many times slower than another is abandoned before its third step. */
const HOPELESS = 8;
/** A backend earlier in the list is preferred if its time is at most this multiple of the fastest. */
const NEARLY = 1.1;
/**
 * Time limits for a trial, in milliseconds. A trial takes a few seconds if shaders compile slowly, and never ends if a
 * device does not answer. wasm has no device, but files to fetch, perhaps by a whole class at once.
 */
const TRIAL_WITHIN_MS: Readonly<Record<BackendName, number>> = {
	webgpu: 30_000,
	webgl: 30_000,
	wasm: 55_000,
	cpu: 55_000
};
/** Largest relative difference between the backends' trial losses that rounding explains. */
const AGREEMENT = 1e-3;

interface ChooseOptions {
	/** The backend to take if it works, however slow. */
	preferred?: BackendName;
	onTry?: (name: BackendName) => void;
	onTrial?: (trial: BackendTrial) => void;
	/** Time limit for a trial in milliseconds, instead of the backend's usual one. */
	patience?: number;
}

/** A trial that worked; the choice is still open. */
interface Success {
	readonly backend: Backend;
	readonly milliseconds: number;
	readonly losses: readonly number[];
}

interface Outcome {
	readonly trial: BackendTrial;
	/** Null if the trial failed; `trial` then has the reason. */
	readonly success: Success | null;
}

const failed = (
	name: BackendName,
	reason: BackendReason,
	device: string | null = null
): Outcome => ({
	trial: { name, milliseconds: null, device, reason },
	success: null
});

/**
 * Tries the backends and opens the chosen one. wasm goes first, as the time that the others have to beat. A software
 * adapter, known by its name, is not timed if wasm works. cpu is the last resort.
 * @throws NoBackendError if none works
 */
export async function chooseBackend(
	options: ChooseOptions = {}
): Promise<{ backend: Backend; choice: BackendChoice }> {
	const { preferred, onTry, onTrial, patience } = options;
	const outcomes = new Map<BackendName, Outcome>();
	const attempt = async (name: BackendName, measure: Success | null = null) => {
		onTry?.(name);
		const outcome = await tryBackend(name, measure, patience ?? TRIAL_WITHIN_MS[name]);
		outcomes.set(name, outcome);
		if (!outcome.success) onTrial?.(outcome.trial);
	};
	const success = (name: BackendName) => outcomes.get(name)?.success ?? null;
	const take = ({ backend }: Success, others: BackendReason) => {
		const { name } = backend;
		return { backend, choice: { name, trials: trialsOf(outcomes, name, others) } };
	};

	if (preferred) {
		await attempt(preferred);
		const found = success(preferred);
		if (found) return take(found, NOT_CHOSEN);
	}
	if (!outcomes.has('wasm')) await attempt('wasm');
	const measure = success('wasm');
	for (const name of ['webgpu', 'webgl'] as const) {
		if (outcomes.has(name)) continue;
		await attempt(name, measure);
		const found = success(name);
		if (!found || !measure || agree(found, measure)) continue;
		const detail = `losses ${found.losses.join(', ')} instead of ${measure.losses.join(', ')}`;
		outcomes.set(name, failed(name, { code: 'not-finite', detail }, found.backend.device));
	}
	const working = () => BACKENDS.flatMap((name) => success(name) ?? []);
	if (!working().length && !outcomes.has('cpu')) await attempt('cpu');
	const worked = working();
	const fastest = Math.min(...worked.map(({ milliseconds }) => milliseconds));
	const taken = worked.find(({ milliseconds }) => milliseconds <= fastest * NEARLY);
	if (!taken) throw new NoBackendError(trialsOf(outcomes));
	return take(taken, { code: 'slower', than: taken.backend.name });
}

const NOT_CHOSEN = { code: 'not-chosen' } as const;

/** @param others the reason why the other working backends are not taken */
function trialsOf(
	outcomes: ReadonlyMap<BackendName, Outcome>,
	taken?: BackendName,
	others: BackendReason | null = null
): BackendTrial[] {
	return BACKENDS.map((name) => {
		const { trial, success } = outcomes.get(name) ?? failed(name, NOT_CHOSEN);
		return success && name !== taken ? { ...trial, reason: others } : trial;
	});
}

/**
 * Runs the trial step.
 * @param measure wasm's result: if there is one, a software adapter is not timed at all, and a backend that is
 * hopelessly slower is not timed twice
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
		return failed(name, { code: 'silent', seconds: error.milliseconds / 1000 });
	}
}

async function runTrial(
	name: BackendName,
	measure: Success | null,
	signal: AbortSignal
): Promise<Outcome> {
	let device: string | null = null;
	try {
		const backend = await openBackend(name);
		if (signal.aborted) return failed(name, NOT_CHOSEN);
		({ device } = backend);
		if (measure && device !== null && isSoftware(device))
			return failed(name, { code: 'software' }, device);
		const engine = await createEngine(backend, [{ network: TRIAL.network, seed: 1 }]);
		try {
			const losses: number[] = [];
			const times: number[] = [];
			// The first step includes compiling, so only the second shows whether a backend is hopeless.
			for (let step = 0; step < 3; step++) {
				const started = performance.now();
				const [metrics] = await engine.step(TRIAL.batch, TRIAL.recipe);
				const took = performance.now() - started;
				times.push(took);
				losses.push(metrics?.loss ?? NaN);
				if (measure && step > 0 && took > measure.milliseconds * HOPELESS) break;
			}
			if (!losses.every(Number.isFinite))
				return failed(name, { code: 'not-finite', detail: `losses ${losses.join(', ')}` }, device);
			const milliseconds = Math.min(...times.slice(1));
			const kernels = name === 'wasm' ? { kernels: await kernelVariant() } : {};
			const trial = { name, milliseconds, device, ...kernels, reason: null };
			return { trial, success: { backend, milliseconds, losses } };
		} finally {
			engine.dispose();
		}
	} catch (error) {
		if (error instanceof BackendError) return failed(name, error.reason, error.device);
		const detail = error instanceof Error ? error.message : String(error);
		return failed(name, { code: 'failed', detail }, device);
	}
}

const agree = ({ losses }: Success, measure: Success) =>
	losses.every((loss, i) => {
		const expected = measure.losses[i];
		return Math.abs(loss - expected) <= AGREEMENT * Math.abs(expected);
	});

/** A batch of pixels between −1 and 1, neither constant nor periodic, the same on every machine. */
function trialBatch(count: number): Batch {
	return {
		images: Float32Array.from({ length: count * 256 }, (_, i) => Math.sin((i * i) % 4093)),
		labels: Int32Array.from({ length: count }, (_, i) => i % 10),
		shape: [count, 16, 16, 1]
	};
}
