/** The trainer as the page speaks to it: requests in quick succession, the backend that stays, jobs that are cancelled. */
import type { Snapshot } from '../record/snapshot';
import { afterEach, expect, it } from 'vitest';
import { uniqueName } from '$lib/base/uniqueName';
import { changeLanes, changePretraining, type Experiment } from '../experiment/experiment';
import { PRESETS } from '../experiment/presets';
import type { Report } from './protocol';
import { Trainer } from './trainer';

const preset = PRESETS.degradation(8);
const experiment: Experiment = {
	...changeLanes(preset, { width: 4 }),
	recipe: { ...preset.recipe, batch: 8 },
	evaluation: { every: 1000, images: 100 }
};

async function startTrainer() {
	const trainer = new Trainer();
	const told: Report[] = [];
	await trainer.connect(
		(report) => told.push(report),
		`${location.origin}/data/`,
		uniqueName(),
		null
	);
	const of = <K extends Report['kind']>(kind: K) =>
		told.filter((report): report is Report & { kind: K } => report.kind === kind);
	return { trainer, of };
}

let trainer: Trainer;
afterEach(() => trainer.pause());

it('keeps its backend, whatever is made ready, and answers the latest request alone', async () => {
	const started = await startTrainer();
	({ trainer } = started);
	const { of } = started;
	await trainer.prepare(1, experiment, 'wasm');
	expect(of('ready').map(({ request }) => request)).toEqual([1]);
	expect(of('backend')).toHaveLength(1);
	await trainer.step();
	const { snapshot } = of('snapshot').at(-1)!;
	await trainer.resume(2, snapshot, 'weights');
	await Promise.all([3, 4, 5].map((number) => trainer.prepare(number, experiment, null)));
	expect(of('failure')).toEqual([]);
	expect(of('backend'), 'nothing was timed again').toHaveLength(1);
	expect(of('ready').map(({ request }) => request)).toEqual([1, 2, 5]);
	await trainer.step();
	expect(of('snapshot').at(-1)!.snapshot.backend).toBe('wasm');
});

it('tells whose failure it is', async () => {
	const started = await startTrainer();
	({ trainer } = started);
	const { of } = started;
	const elsewhere = { ...experiment, data: { ...experiment.data, set: 'own-123456789abc' } };
	await trainer.prepare(7, elsewhere, 'wasm');
	expect(of('failure')).toEqual([
		{ kind: 'failure', request: 7, failure: { code: 'no-set', id: 'own-123456789abc' } }
	]);
	const broken = { ...of('backend'), experiment, backend: 'wasm' } as unknown as Snapshot;
	await trainer.resume(8, broken, 'kept');
	expect(of('failure').at(-1)!.request).toBe(8);
});

it('cancels what runs and what waits, and not what is asked for afterwards', async () => {
	const started = await startTrainer();
	({ trainer } = started);
	const { of } = started;
	const found = () =>
		of('found').map(({ study, found }) => [
			study,
			'lane' in (found ?? {}) && (found as { lane: number }).lane
		]);
	await trainer.prepare(1, experiment, 'wasm');
	const asked = [
		trainer.measure('lesion', null),
		trainer.measure('lesion', null),
		trainer.measure('shuffle', null)
	];
	trainer.cancelJobs();
	const later = trainer.measure('lesion', null);
	await Promise.all([...asked, later]);
	expect(of('failure')).toEqual([]);
	expect(found()).toEqual([
		['lesion', 0],
		['lesion', 1]
	]);
	expect(of('job').at(-1)!.job).toBeNull();
});

it('does not finish for a run that is being replaced what nobody will see', async () => {
	const started = await startTrainer();
	({ trainer } = started);
	const { of } = started;
	await trainer.prepare(1, experiment, 'wasm');
	const lesion = trainer.measure('lesion', null);
	const next = trainer.prepare(2, { ...experiment, seed: 2 }, null);
	await Promise.all([lesion, next]);
	expect(of('found')).toEqual([]);
	expect(of('ready').map(({ request }) => request)).toEqual([1, 2]);
});

const deeper = changeLanes(experiment, { depth: 14 });
const long = changePretraining(deeper, 1, { kind: 'shallower', steps: 10_000 });

it('tells how far pre-training is, and ends it when another run is asked for', async () => {
	const started = await startTrainer();
	({ trainer } = started);
	const { of } = started;
	const first = trainer.prepare(1, long, 'wasm');
	const told = () => of('phase').filter(({ phase }) => phase.kind === 'pretrain');
	await expect.poll(() => told().length).toBeGreaterThan(0);
	expect(told()[0].phase).toMatchObject({ lane: 1, of: 10_000 });
	await Promise.all([first, trainer.prepare(2, experiment, null)]);
	expect(of('failure')).toEqual([]);
	expect(of('ready').map(({ request }) => request)).toEqual([2]);
});

it('ends pre-training when it is stopped, says so, and starts again', async () => {
	const started = await startTrainer();
	({ trainer } = started);
	const { of } = started;
	const stopped = trainer.prepare(1, long, 'wasm');
	await expect.poll(() => of('phase').some(({ phase }) => phase.kind === 'pretrain')).toBe(true);
	await trainer.stopPretraining();
	await stopped;
	expect(of('failure')).toMatchObject([{ request: 1, failure: { code: 'pretraining-stopped' } }]);
	await trainer.prepare(2, deeper, 'wasm');
	expect(of('ready').map(({ request }) => request)).toEqual([2]);
});

it('takes no step of one run for a step of the next', async () => {
	const started = await startTrainer();
	({ trainer } = started);
	const { of } = started;
	await trainer.prepare(1, experiment, 'wasm');
	await trainer.run();
	await expect.poll(() => of('steps').length).toBeGreaterThan(0);
	await trainer.prepare(2, { ...experiment, seed: 2 }, null);
	const stepsBefore = of('steps').length;
	await trainer.step();
	const first = of('steps')
		.slice(stepsBefore)
		.flatMap(({ steps }) => steps);
	expect(first.map(({ step }) => step)).toEqual([1]);
});

it('takes apart the step that training makes next, with its planned cut, and does not make it', async () => {
	const started = await startTrainer();
	({ trainer } = started);
	const { of } = started;
	await trainer.prepare(1, { ...experiment, plan: [{ after: 1, lane: 1, gate: 0.5 }] }, 'wasm');
	await trainer.step();
	await trainer.measure('step', { image: 3, lane: 1, pass: 'forward', node: 'stem' });
	expect(of('failure')).toEqual([]);
	expect(of('event').filter(({ event }) => event.kind === 'gate')).toEqual([]);
	const apart = of('found').flatMap(({ study, found }) => (study === 'step' ? [found] : []));
	expect(apart.map(({ step, lane, image }) => [step, lane, image])).toEqual([
		[1, 0, 3],
		[1, 1, 3]
	]);
	expect(apart[1].values!.gates).toEqual([0.5, 0.5, 0.5]);
	await trainer.step();
	const { lanes } = of('steps').flatMap(({ steps }) => steps)[1];
	for (const [lane, { loss, updates, values }] of apart.entries()) {
		expect(Math.abs(loss / lanes[lane]!.loss - 1)).toBeLessThan(1e-4);
		updates.forEach((norm, layer) =>
			expect(Math.abs(norm / lanes[lane]!.updateNorms[layer] - 1)).toBeLessThan(1e-4)
		);
		expect(values!.images.pixels.length).toBe(8 * values!.outputs.get('input')!.values.length);
	}
	expect(of('event').filter(({ event }) => event.kind === 'gate')).toHaveLength(3);
});
