/**
 * Does the jobs that the teacher's page deals to this machine, one after the other, in a training worker of its own, and
 * tells the results.
 */
import { Gathered } from '$lib/lab/worker/gathered';
import { silenceOf, TrainerLine, type WorkerFactory } from '$lib/lab/session/line';
import { paceOf } from '$lib/lab/experiment/pace';
import type { Experiment } from '$lib/lab/experiment/experiment';
import type { Failure, Report } from '$lib/lab/worker/protocol';
import { experimentId } from './grid';
import type { DealtJob } from './protocol';
import type { StudentRoom } from './student';

/** A job's progress is told at most so often. */
const TELL_EVERY_MS = 2000;

/** What the runner needs of its room. */
type Desk = Pick<StudentRoom, 'tell' | 'subscribe'>;

/** A job in training. */
interface Work {
	readonly job: DealtJob;
	/** Number of its request to the worker. */
	readonly request: number;
	readonly gathered: Gathered;
	/** The experiment as the worker has it; null until it is ready. */
	experiment: Experiment | null;
	toldAt: number;
}

export class JobRunner {
	readonly #room: Desk;
	readonly #line: TrainerLine;
	readonly #unsubscribe: () => void;
	#work: Work | null = null;
	/** The job that is done here stays on the desk until the teacher's page has stored its result. */
	#done: string | null = null;
	#backend: string | null = null;
	#asked = 0;

	/**
	 * Offers this machine; it works from now on until it is closed.
	 * @param dataUrl absolute address of the data packs, ending with a slash
	 */
	constructor(room: Desk, dataUrl: string, createWorker?: WorkerFactory) {
		this.#room = room;
		this.#line = new TrainerLine(
			dataUrl,
			{
				onReport: (report) => this.#receive(report),
				onFailure: (failure) => this.#fail(failure),
				patience: () => (this.#work ? silenceOf(this.#work.gathered.steps) : null)
			},
			createWorker
		);
		room.tell({ kind: 'machine', takesJobs: true, backend: null, speed: null });
		this.#unsubscribe = room.subscribe(({ desk }) => this.#take(desk.job));
	}

	close(): void {
		this.#unsubscribe();
		this.#work = null;
		this.#line.close();
		this.#room.tell({ kind: 'machine', takesJobs: false, backend: this.#backend, speed: null });
	}

	#take(job: DealtJob | null): void {
		if (job === null) {
			this.#done = null;
			if (this.#work) this.#drop();
			return;
		}
		if (job.id === this.#work?.job.id || job.id === this.#done) return;
		if (this.#work) this.#drop();
		const request = ++this.#asked;
		const gathered = new Gathered(job.experiment.lanes.length, job.steps);
		this.#work = { job, request, gathered, experiment: null, toldAt: Date.now() };
		void this.#line.call((trainer) => trainer.prepare(request, job.experiment, null));
	}

	/** Another machine was faster, or the sweep has ended. A worker in training is stopped by closing it. */
	#drop(): void {
		this.#work = null;
		this.#line.close();
	}

	#receive(report: Report): void {
		if (report.kind === 'backend') this.#backend = report.choice.name;
		const work = this.#work;
		if (!work) return;
		const { job, request, gathered } = work;
		switch (report.kind) {
			case 'ready':
				if (report.request !== request) return;
				work.experiment = report.experiment;
				void this.#line.call((trainer) => trainer.run(job.steps));
				return;
			case 'failure':
				this.#fail(report.failure);
				return;
			case 'running':
				if (!report.running && work.experiment && gathered.ended)
					this.#finish(work, work.experiment);
				return;
			default:
				if (!work.experiment) return;
				gathered.take(report);
				if (report.kind !== 'steps' || Date.now() - work.toldAt < TELL_EVERY_MS) return;
				work.toldAt = Date.now();
				this.#room.tell({ kind: 'working', job: job.id, step: gathered.step });
		}
	}

	#finish({ job, gathered }: Work, experiment: Experiment): void {
		this.#work = null;
		this.#done = job.id;
		const pace = paceOf(experiment, gathered.steps);
		this.#room.tell({
			kind: 'machine',
			takesJobs: true,
			backend: this.#backend,
			speed: pace && pace.work / pace.milliseconds
		});
		this.#room.tell({
			kind: 'result',
			job: job.id,
			result: {
				experiment: experimentId(experiment),
				backend: this.#backend ?? '',
				...gathered.result()
			}
		});
	}

	#fail(failure: Failure): void {
		const work = this.#work;
		this.#drop();
		if (!work) return;
		this.#done = work.job.id;
		const detail = 'detail' in failure ? `${failure.code}: ${failure.detail}` : failure.code;
		this.#room.tell({ kind: 'failed', job: work.job.id, detail });
	}
}
