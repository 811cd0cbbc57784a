/**
 * Chooses what computes: each backend of tfjs is tried with a real training step on this machine, and
 * the fastest that gives right numbers is taken. The reason is kept for each of the others.
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
import { TimeoutError, within } from '$lib/base/patience';
import { BackendError, openBackend, type Backend } from './tfjs/backend';

/** No backend works here; what was tried is kept. */
export class NoBackendError extends Error {
	constructor(readonly trials: readonly BackendTrial[]) {
		super('no backend works in this browser');
		this.name = 'NoBackendError';
	}
}

/** The step that each backend is tried with: a small residual network on one batch. */
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

/** A trial that worked, before it is known whether it is the one taken. */
interface Success {
	readonly backend: Backend;
	readonly milliseconds: number;
	readonly device: string | null;
	readonly losses: readonly number[];
}

type Outcome = Success | { readonly reason: BackendReason; readonly device: string | null };

/**
 * Tries the backends and opens the one taken. wasm goes first, as the measure that the others have to beat;
 * a software adapter known by its name is not timed where wasm works; cpu is the last resort.
 * @throws NoBackendError when none works
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
		if ('reason' in outcome)
			onTrial?.({ name, milliseconds: null, device: outcome.device, reason: outcome.reason });
	};
	const success = (name: BackendName) => {
		const outcome = outcomes.get(name);
		return outcome && !('reason' in outcome) ? outcome : null;
	};

	if (preferred) {
		await attempt(preferred);
		const found = success(preferred);
		if (found) return take(found, outcomes, 'not-chosen');
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
	const working = () => BACKENDS.flatMap((name) => success(name) ?? []);
	if (!working().length && !outcomes.has('cpu')) await attempt('cpu');
	const worked = working();
	const fastest = Math.min(...worked.map(({ milliseconds }) => milliseconds));
	const taken = worked.find(({ milliseconds }) => milliseconds <= fastest * NEARLY);
	if (!taken) throw new NoBackendError(trialsOf(outcomes, null, 'slower'));
	return take(taken, outcomes, 'slower');
}

function take(
	{ backend }: Success,
	outcomes: ReadonlyMap<BackendName, Outcome>,
	others: 'slower' | 'not-chosen'
): { backend: Backend; choice: BackendChoice } {
	const { name } = backend;
	return { backend, choice: { name, trials: trialsOf(outcomes, name, others) } };
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
		const backend = await openBackend(name);
		if (signal.aborted) return { reason: { code: 'not-chosen' }, device };
		({ device } = backend);
		if (measure && device !== null && isSoftware(device))
			return { reason: { code: 'software' }, device };
		const engine = await createEngine(backend, [{ network: TRIAL.network, seed: 1 }]);
		try {
			const losses: number[] = [];
			const times: number[] = [];
			// The first step compiles; when it alone is hopeless, compiling is not the reason.
			for (let step = 0; step < 3; step++) {
				const started = performance.now();
				const [metrics] = await engine.step(TRIAL.batch, TRIAL.recipe);
				const took = performance.now() - started;
				times.push(took);
				losses.push(metrics?.loss ?? NaN);
				if (measure && step > 0 && took > measure.milliseconds * HOPELESS) break;
			}
			if (!losses.every(Number.isFinite))
				return { reason: { code: 'not-finite', detail: `losses ${losses.join(', ')}` }, device };
			return { backend, milliseconds: Math.min(...times.slice(1)), device, losses };
		} finally {
			engine.dispose();
		}
	} catch (error) {
		if (error instanceof BackendError) return { reason: error.reason, device: error.device };
		const detail = error instanceof Error ? error.message : String(error);
		return { reason: { code: 'failed', detail }, device };
	}
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
