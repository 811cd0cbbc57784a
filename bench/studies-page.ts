/** Runs in the browser for `studies.mjs`: times studies of a run, each between training steps of the same run. */
import { uniqueName } from '$lib/base/uniqueName';
import { PRESETS } from '$lib/lab/experiment/presets';
import type { MeasuredStudy, Spec } from '$lib/lab/studies';
import type { Report } from '$lib/lab/worker/protocol';
import { Trainer } from '$lib/lab/worker/trainer';

/** What each study measures by default in the lab; `seeds` trains the whole run again and is not timed. */
const SPECS: { readonly [S in Exclude<MeasuredStudy, 'seeds'>]: Spec<S> } = {
	lesion: null,
	shuffle: null,
	landscape: { seed: 1, span: 1, finest: 17 },
	start: { activation: 'relu', norm: 'batch', initialisation: 'he', seed: 1 },
	inside: {
		...{ image: { kind: 'test', index: 0 }, block: 0, node: 'block0/add' },
		...{ other: null, untrained: true }
	},
	confusion: null,
	travel: { seed: 1, samples: 30 },
	shattered: { seed: 1, points: 64 },
	step: { image: 0, lane: 0, pass: 'forward', node: 'block0/add' }
};

/** Milliseconds of a study, and of training steps before and after it. */
export interface Timed {
	readonly study: string;
	readonly milliseconds: number;
	readonly steps: readonly number[];
}

const STEPS_BETWEEN = 5;

/** @throws Error with the failure that the trainer reported, as JSON */
async function timeStudies(rounds: number): Promise<Timed[]> {
	const trainer = new Trainer();
	let failure: unknown = null;
	const report = (told: Report) => {
		if (told.kind === 'failure') failure = told.failure;
	};
	await trainer.connect(report, new URL('/static/data/', location.href).href, uniqueName(), null);
	await trainer.prepare(1, PRESETS.degradation(20), 'wasm');
	const timed = async (work: () => Promise<unknown>) => {
		const started = performance.now();
		await work();
		if (failure) throw new Error(JSON.stringify(failure));
		return performance.now() - started;
	};
	const steps = async () => {
		const all: number[] = [];
		for (let i = 0; i < STEPS_BETWEEN; i++) all.push(await timed(() => trainer.step()));
		return all;
	};
	for (let i = 0; i < 30; i++) await timed(() => trainer.step());
	const found: Timed[] = [];
	for (let round = 0; round < rounds; round++)
		for (const study of Object.keys(SPECS) as (keyof typeof SPECS)[]) {
			const before = await steps();
			const milliseconds = await timed(() => trainer.measure(study, SPECS[study]));
			found.push({ study, milliseconds, steps: [...before, ...(await steps())] });
		}
	return found;
}

Object.assign(globalThis, { timeStudies });
