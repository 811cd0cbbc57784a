/**
 * The page's side of a sweep: drives its own training worker through the remaining runs, one after the other, and
 * saves their results. A reload loses at most the current run.
 */
import { store, stored } from '$lib/base/stored';
import { Gathered } from '../worker/gathered';
import { silenceOf, TrainerLine, type WorkerFactory } from './line';
import { claim, type Claim } from '../store/claim';
import { PAIR_KINDS } from '../depths';
import { sweepExperiment } from '../experiment/sweep';
import { isLoss, type Failure, type Report } from '../worker/protocol';
import {
	readSweep,
	runsLeft,
	sameRun,
	writeSweep,
	type SweepPoint,
	type SweepRecord,
	type SweepRun,
	type SweepSpec
} from '../studies/sweep/record';

const KEY = 'depth-sweep';

const pointKey = ({ values, seed, kind }: SweepPoint) => `${values.join(' ')} ${seed} ${kind}`;

export class SweepSession {
	status = $state<'idle' | 'running' | 'paused' | 'done' | 'failed'>('idle');
	spec = $state.raw<SweepSpec | null>(null);
	points = $state.raw<readonly SweepPoint[]>([]);
	/** The current run and its step; null between runs. */
	present = $state.raw<(SweepRun & { readonly step: number }) | null>(null);
	failure = $state.raw<Failure | null>(null);
	/** Whether another tab is running a sweep: two sweeps would overwrite each other. */
	elsewhere = $state(false);
	/** Why the saved sweep could not be read, in English; empty if it could. */
	problem = $state('');

	readonly #line: TrainerLine;
	#claim: Claim | null = null;
	/** What the current run has reported. */
	#gathered = new Gathered(0, 0);
	/** Number of the latest request. */
	#asked = 0;
	/** The run that was restarted after its worker was lost; a second loss ends the sweep. */
	#begunAgain: SweepRun | null = null;

	/** @param dataUrl absolute address of the data packs, ending with a slash */
	constructor(dataUrl: string, createWorker?: WorkerFactory) {
		const listener = {
			onReport: (report: Report) => this.#receive(report),
			onFailure: (failure: Failure) => this.#fail(failure),
			patience: () => (this.status === 'running' ? silenceOf(this.#gathered.steps) : null)
		};
		this.#line = new TrainerLine(dataUrl, listener, createWorker);
		const kept = stored(KEY);
		if (kept === null) return;
		try {
			this.adopt(readSweep(kept));
		} catch (error) {
			this.problem = (error as Error).message;
		}
	}

	/** Starts a new sweep and drops the old one. */
	async start(spec: SweepSpec): Promise<void> {
		if (!(await this.#own())) return;
		this.#forget();
		this.#begunAgain = null;
		this.spec = spec;
		this.#keep();
		await this.resume();
	}

	/** Shows the sweep of a record, unless there is a sweep already. */
	adopt({ spec, points }: SweepRecord): void {
		if (this.status !== 'idle') return;
		this.spec = spec;
		this.points = points;
		this.status = runsLeft(spec, points).length ? 'paused' : 'done';
	}

	async pause(): Promise<void> {
		this.status = 'paused';
		this.#disown();
		if (this.#line.open) await this.#line.call((trainer) => trainer.pause());
	}

	async resume(): Promise<void> {
		if (!this.spec || !(await this.#own())) return;
		this.#takeIn();
		// Another tab has finished the run that was current here.
		const { present } = this;
		if (present && this.points.some((point) => sameRun(point, present))) this.#closeWorker();
		this.failure = null;
		this.status = 'running';
		const { steps } = this.spec;
		if (this.#line.open && this.present) await this.#line.call((trainer) => trainer.run(steps));
		else await this.#next();
	}

	/** Deletes the sweep, unless another tab is running it. */
	async clear(): Promise<void> {
		if (!(await this.#own())) return;
		this.#forget();
		this.#disown();
	}

	#forget(): void {
		this.#closeWorker();
		this.spec = null;
		this.points = [];
		this.failure = null;
		this.problem = '';
		this.status = 'idle';
		store(KEY, null);
	}

	close(): void {
		this.#disown();
		this.#closeWorker();
	}

	/** Claims the sweep for this tab; false if another tab has it. */
	#own(): Promise<boolean> {
		const ask = async () => {
			this.#claim ??= await claim(KEY);
			this.elsewhere = this.#claim === null;
			return !this.elsewhere;
		};
		// Share one request: of two at once, the second would be refused.
		return (this.#owning ??= ask().finally(() => (this.#owning = null)));
	}
	#owning: Promise<boolean> | null = null;

	#disown(): void {
		this.#claim?.release();
		this.#claim = null;
	}

	/** Reads what another tab has added to the same sweep meanwhile. */
	#takeIn(): void {
		const kept = stored(KEY);
		if (kept === null || !this.spec) return;
		try {
			const { spec, points } = readSweep(kept);
			if (JSON.stringify(spec) !== JSON.stringify(this.spec)) return;
			const known = this.points.map(pointKey);
			this.points = [...this.points, ...points.filter((p) => !known.includes(pointKey(p)))];
		} catch {
			// The saved sweep cannot be read; this one replaces it.
		}
	}

	#closeWorker(): void {
		this.#line.close();
		this.present = null;
	}

	async #next(): Promise<void> {
		const { spec } = this;
		if (!spec) return;
		const [run] = runsLeft(spec, this.points);
		if (!run) {
			this.#closeWorker();
			this.#disown();
			this.status = 'done';
			return;
		}
		this.#gathered = new Gathered(PAIR_KINDS.length, spec.steps);
		this.present = { ...run, step: 0 };
		const experiment = sweepExperiment(spec, run);
		const number = ++this.#asked;
		await this.#line.call((trainer) => trainer.prepare(number, experiment, null));
	}

	#receive(report: Report): void {
		const { present, spec } = this;
		if (!present || !spec) return;
		this.#gathered.take(report);
		switch (report.kind) {
			case 'ready':
				if (report.request === this.#asked && this.status === 'running')
					void this.#line.call((trainer) => trainer.run(spec.steps));
				return;
			case 'steps':
				this.present = { ...present, step: this.#gathered.step };
				return;
			case 'running':
				// A run that stops before its end has failed, and says so.
				if (!report.running && this.status === 'running' && this.#gathered.ended)
					this.#finish(present);
				return;
			case 'failure':
				this.#fail(report.failure);
		}
	}

	#finish({ values, seed }: SweepRun): void {
		const { milliseconds, lanes } = this.#gathered.result();
		const points = PAIR_KINDS.map((kind, lane): SweepPoint => ({
			values,
			seed,
			kind,
			milliseconds,
			...lanes[lane]
		}));
		this.points = [...this.points, ...points];
		this.#begunAgain = null;
		this.#keep();
		void this.#next();
	}

	#fail(failure: Failure): void {
		const run = this.present;
		this.#closeWorker();
		const again = this.#begunAgain;
		const first = run && !(again && sameRun(run, again));
		if (this.status === 'running' && isLoss(failure) && first) {
			this.#begunAgain = run;
			void this.#next();
			return;
		}
		this.#disown();
		this.failure = failure;
		this.status = 'failed';
	}

	#keep(): void {
		this.#takeIn();
		if (this.spec) store(KEY, writeSweep(this.spec, this.points));
	}
}
