import 'fake-indexeddb/auto';
import { deleteDB, openDB } from 'idb';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { PRESETS } from '../experiment/presets';
import type { Snapshot } from '../record/snapshot';
import type { RunRecord, StepRecord } from '../record/record';
import { MOST_UNNAMED, RunStore, TakenError, type RunEntry } from './runs';

const experiment = PRESETS.degradation(8);
const stepOf = (step: number): StepRecord => ({
	step,
	milliseconds: 1,
	lanes: [0, 1].map((lane) => ({
		loss: 1 / step,
		trainingError: lane ? 0.25 : 0.5,
		gradientNorms: Float32Array.from({ length: 23 }, (_, i) => (i ? step : NaN)),
		weightNorms: new Float32Array(8),
		updateNorms: new Float32Array(8),
		deadShares: new Float32Array(8),
		blockOutputGradientNorms: new Float32Array(3),
		blockOutputStd: new Float32Array(3)
	}))
});
const recordOf = (steps: number): RunRecord => ({
	version: 1,
	kind: 'residual-explorer-run',
	experiment,
	input: [16, 16, 1],
	environment: { app: 'a', backend: 'wasm', trials: [], userAgent: 'u', startedAt: '2026' },
	steps: Array.from({ length: steps }, (_, i) => stepOf(i + 1)),
	evaluations: [],
	events: []
});
const snapshot: Snapshot = {
	experiment,
	backend: 'wasm',
	step: 3,
	gates: [[], []],
	active: [true, true],
	learningRate: 0.03,
	lanes: [{ parameters: new Map(), velocities: new Map(), averages: new Map() }]
};

let store: RunStore;
let count = 0;
beforeEach(async () => {
	store = await RunStore.open(`test-${count++}`);
});

describe('runs kept on the machine', () => {
	it('come back with all that was told, however often they were saved', async () => {
		for (const steps of [3, 3, 5]) await store.save('a', recordOf(steps), snapshot);
		const { record, snapshot: kept, entry } = await store.load('a');
		expect(record).toEqual(recordOf(5));
		expect(kept).toEqual(snapshot);
		expect(entry).toMatchObject({ steps: 5, resumable: true, name: '' });
		expect(entry.sketch[0]).toEqual([0.5, 0.5, 0.5, 0.5, 0.5]);
	});

	it('by an earlier version, which said batchNorm, come back as today’s', async () => {
		const earlier = JSON.parse(
			JSON.stringify(experiment).replaceAll('"norm":"batch"', '"batchNorm":true')
		) as typeof experiment;
		await store.save(
			'a',
			{ ...recordOf(3), experiment: earlier },
			{ ...snapshot, experiment: earlier }
		);
		expect(JSON.stringify(earlier)).toContain('"batchNorm":true');
		const { record, snapshot: kept, entry } = await store.load('a');
		for (const each of [record, kept!, entry.record, (await store.list())[0].record])
			expect(each.experiment).toEqual(experiment);
	});

	it('of which one went back to a snapshot has no step twice', async () => {
		await store.save('a', recordOf(9), snapshot);
		await store.save('a', recordOf(4), snapshot);
		await store.save('a', recordOf(6), snapshot);
		expect((await store.load('a')).record.steps.map(({ step }) => step)).toEqual([
			1, 2, 3, 4, 5, 6
		]);
	});

	it('are saved as they were when asked, though the run goes on', async () => {
		const record = recordOf(2);
		const saving = store.save('a', record, null);
		(record.steps as StepRecord[]).push(stepOf(3));
		await saving;
		expect((await store.load('a')).record.steps).toHaveLength(2);
	});

	it('are listed with the latest first, renamed, removed and put back', async () => {
		await store.save('a', recordOf(1), null);
		await store.save('b', recordOf(2), snapshot);
		expect((await store.list()).map(({ id }) => id)).toEqual(['b', 'a']);
		await store.rename('a', 'my run');
		const removed = await store.remove('a');
		expect((await store.list()).map(({ id }) => id)).toEqual(['b']);
		await expect(store.load('a')).rejects.toThrow('run a: not kept');
		await store.restore(removed);
		const { entry, record } = await store.load('a');
		expect(entry).toEqual(removed.entry);
		expect(record).toEqual(recordOf(1));
	});

	it('are as many as there is room for; named ones stay', async () => {
		await store.save('first', recordOf(1), null);
		await store.rename('first', 'keep me');
		for (let i = 0; i < MOST_UNNAMED + 3; i++) await store.save(`run ${i}`, recordOf(1), null);
		const ids = (await store.list()).map(({ id }) => id);
		expect(ids).toHaveLength(MOST_UNNAMED + 1);
		expect(ids).toContain('first');
		expect(ids).toContain(`run ${MOST_UNNAMED + 2}`);
		expect(ids).not.toContain('run 0');
	});
});

describe('a run that two tabs go on with', () => {
	it('belongs to the one that took it last; nothing of either is overwritten', async () => {
		await store.save('a', recordOf(92), snapshot);
		const other = await RunStore.open(`test-${count - 1}`);
		await other.load('a');
		await other.take('a');
		await other.save('a', recordOf(134), snapshot);
		await expect(store.save('a', recordOf(185), snapshot)).rejects.toThrow(TakenError);
		const { record } = await store.load('a');
		expect(record.steps).toHaveLength(134);
		await store.save('b', recordOf(185), snapshot);
		expect((await other.load('b')).record.steps).toHaveLength(185);
	});

	it('keeps its steps and its name, whoever writes', async () => {
		await store.save('a', recordOf(3), snapshot);
		const other = await RunStore.open(`test-${count - 1}`);
		await Promise.all([
			store.save('a', recordOf(6), snapshot),
			other.rename('a', 'mine'),
			store.save('a', recordOf(9), snapshot)
		]);
		const { entry, record } = await store.load('a');
		expect(entry).toMatchObject({ name: 'mine', steps: 9 });
		expect(record).toEqual(recordOf(9));
	});

	it('and that comes back beside what was made of it meanwhile', async () => {
		await store.save('a', recordOf(3), snapshot);
		const other = await RunStore.open(`test-${count - 1}`);
		const removed = await other.remove('a');
		await store.save('a', recordOf(5), snapshot);
		await other.restore(removed);
		const lengths = (await store.list()).map(({ steps }) => steps);
		expect(lengths.sort()).toEqual([3, 5]);
	});
});

describe('a store that vanishes', () => {
	it('is made again, and what goes on is kept whole', async () => {
		await store.save('a', recordOf(3), snapshot);
		await deleteDB(`test-${count - 1}`);
		await store.save('a', recordOf(5), snapshot);
		expect((await store.load('a')).record).toEqual(recordOf(5));
	});

	it('is told by its kind when a later version of the app has it', async () => {
		await store.save('a', recordOf(3), snapshot);
		const later = await openDB(`test-${count - 1}`, 2);
		await expect(store.save('a', recordOf(5), snapshot)).rejects.toMatchObject({
			name: 'StoreError',
			fault: 'newer'
		});
		later.close();
	});
});

describe('damaged runs', () => {
	const ODD = [null, -1, 'x', [], {}, true, 0.5, [[1]]];

	/** Puts something odd in the place of a value that a seed chooses. */
	function damage(entry: RunEntry, seed: number): RunEntry {
		const damaged = structuredClone(entry);
		let at = damaged as unknown as Record<string, unknown>;
		for (let s = seed; ; s = Math.floor(s / 5) + 2) {
			const keys = Object.keys(at).filter(
				(key) => at !== (damaged as unknown) || !KEYS.includes(key)
			);
			const key = keys[s % keys.length];
			const next = at[key] as Record<string, unknown>;
			if (next && typeof next === 'object' && Object.keys(next).length && s % 4) at = next;
			else {
				at[key] = ODD[seed % ODD.length];
				return damaged;
			}
		}
	}
	/** By which the store finds an entry. */
	const KEYS = ['id', 'savedAt'];

	it('are told apart, and hide no sound one', async () => {
		await store.save('sound', recordOf(2), null);
		const [entry] = await store.list();
		const db = await openDB(`test-${count - 1}`);
		const seeds = 200;
		for (let seed = 0; seed < seeds; seed++)
			await db.put('runs', { ...damage(entry, seed), id: `damaged ${seed}` });
		db.close();
		const { runs: listed, damaged } = await store.survey();
		expect(listed.length + damaged.length).toBe(seeds + 1);
		expect(damaged.length).toBeGreaterThan(seeds / 3);
		expect(listed.map(({ id }) => id)).toContain('sound');
		for (const { damage } of damaged) expect(damage).toMatch(/\w/);
		expect((await store.load('sound')).record).toEqual(recordOf(2));
		await store.drop(damaged[0].id);
		expect((await store.survey()).damaged).toHaveLength(damaged.length - 1);
	});

	it('that the browser cannot read are named, and the others listed', async () => {
		for (let i = 0; i < 5; i++) await store.save(`run ${i}`, recordOf(2), null);
		const unreadable = () => {
			throw new DOMException('Failed to read large IndexedDB value', 'DataError');
		};
		const read = IDBObjectStore.prototype.get;
		const all = vi.spyOn(IDBIndex.prototype, 'getAll').mockImplementation(unreadable);
		const one = vi.spyOn(IDBObjectStore.prototype, 'get').mockImplementation(function (
			this: IDBObjectStore,
			key
		) {
			return key === 'run 2' ? unreadable() : read.call(this, key);
		});
		const { runs: listed, damaged } = await store.survey();
		expect(listed.map(({ id }) => id)).toEqual(['run 4', 'run 3', 'run 1', 'run 0']);
		expect(damaged).toEqual([
			{ id: 'run 2', name: 'run 2', damage: expect.stringContaining('Failed to read') }
		]);
		all.mockRestore();
		one.mockRestore();
		expect((await store.survey()).runs).toHaveLength(5);
	});

	it('whose steps are damaged say so and stay', async () => {
		await store.save('a', recordOf(2), null);
		const db = await openDB(`test-${count - 1}`);
		for (const steps of [null, [null], [{ step: 1 }], 'x']) {
			await db.put('chunks', { run: 'a', first: 1, steps });
			await expect(store.load('a')).rejects.toMatchObject({ name: 'RecordError' });
		}
		await db.put('chunks', { run: 'a', first: 1, steps: recordOf(2).steps });
		db.close();
		expect((await store.load('a')).record).toEqual(recordOf(2));
		expect(await store.survey()).toMatchObject({ runs: [{ id: 'a' }], damaged: [] });
	});

	it('whose steps are damaged are listed as such once they were asked for, and can be dropped', async () => {
		await store.save('a', recordOf(2), null);
		await store.save('b', recordOf(2), null);
		const db = await openDB(`test-${count - 1}`);
		await db.put('chunks', { run: 'a', first: 1, steps: 'x' });
		await expect(store.remove('a')).rejects.toMatchObject({ name: 'RecordError' });
		expect(await store.survey()).toMatchObject({
			runs: [{ id: 'b' }],
			damaged: [{ id: 'a', damage: expect.stringContaining('steps') }]
		});
		await store.drop('a');
		expect(await store.survey()).toMatchObject({ runs: [{ id: 'b' }], damaged: [] });
		expect(await db.count('chunks')).toBe(1);
		db.close();
	});

	it('of any length are written in chunks', async () => {
		await store.save('a', recordOf(1203), snapshot);
		await store.save('a', recordOf(1210), snapshot);
		expect((await store.load('a')).record.steps.map(({ step }) => step)).toEqual(
			Array.from({ length: 1210 }, (_, i) => i + 1)
		);
		const db = await openDB(`test-${count - 1}`);
		expect(await db.count('chunks')).toBe(4);
		db.close();
	});
});
