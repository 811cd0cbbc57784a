/**
 * A student's part in a room on this page: follows the teacher without losing what the student has, and tells the
 * teacher where the student is, what was drawn, and how the runs go.
 */
import { untrack } from 'svelte';
import { goto } from '$app/navigation';
import { page } from '$app/state';
import {
	joinedRoom,
	JobRunner,
	roomAddress,
	StudentRoom,
	thinned,
	type Stage,
	type StudentState
} from '$lib/class';
import { isDrawn, RunStore, writeRecord, type Experiment } from '$lib/lab';
import { smooth, SMOOTHING } from '../charts/curves';
import type { Lab } from '../lab/context.svelte';
import { panels, PANELS } from '../present/panels.svelte';
import { laneNames } from '../words/experiment';
import {
	appRoot,
	dataAddress,
	experimentOf,
	fullAddress,
	pageOf,
	sameSetup,
	withSeed
} from './address';
import { labs } from './labs.svelte';
import { seat } from './seat.svelte';

/** A run that grows is told at most so often. */
const TELL_EVERY_MS = 1000;
/** A machine takes jobs again when its lab has not trained for so long. */
const REST_MS = 2000;
/** Seeds of set-ups that every machine trains with another. */
const SEEDS = 10_000;

type Setup = NonNullable<Stage['setup']>;

/** Must be created while a component is, whose effects it adds to. */
export class Pupil {
	readonly room: StudentRoom;
	state: StudentState = $state.raw() as StudentState;
	/** Whether this machine trains for the class's experiment while the student does not need it. */
	helps = $state(true);
	/** Whether the run of the set-up is to start as soon as it is ready. */
	#starts = $state(false);
	readonly #end: () => void;
	readonly #told = new WeakMap<Lab, string>();
	readonly #drawn = new WeakMap<Lab, object>();
	#timer: ReturnType<typeof setTimeout> | undefined;

	constructor() {
		const { ticket } = seat;
		const code = ticket?.code ?? joinedRoom() ?? '';
		this.room = new StudentRoom({
			code,
			address: roomAddress(appRoot()),
			recordOf: (run) => recordOf(run)
		});
		if (ticket && ticket.name !== this.room.state.name)
			this.room.tell({ kind: 'name', name: ticket.name });
		this.#end = this.room.subscribe((state) => (this.state = state));
		this.#follow();
		this.#report();
		this.#help();
	}

	/** The page that everyone is to open; null if there is none. */
	readonly setup: Setup | null = $derived.by(() => this.state.stage.setup);
	readonly #asked = $derived.by(() => this.setup && experimentOf(this.setup.address));

	/** Whether this page shows what everyone is to open. */
	readonly isThere: boolean = $derived.by(() => {
		const { setup } = this;
		if (!setup || !page.url.href.startsWith(fullAddress(pageOf(setup.address)))) return false;
		if (!this.#asked) return true;
		return labs.all.some(({ lab }) => lab.experiment && this.#isAsked(lab.experiment));
	});

	#isAsked(experiment: Experiment): boolean {
		return this.#asked === null || sameSetup(this.#asked, experiment);
	}

	/** Whether another page or set-up would cost the student something: a run in training, or one that is not kept. */
	get wouldLose(): boolean {
		return labs.all.some(({ lab: { session, kept, drawing } }) => {
			if (session.status === 'running' || session.job || drawing !== null) return true;
			if (session.status === 'replay') return false;
			return session.stepsMade > 0 && (!kept.store || session.keeper.notKept !== null);
		});
	}

	/** Opens what everyone is to open. */
	async open(): Promise<void> {
		const { setup } = this;
		if (!setup) return;
		const address = withSeed(setup.address, 1 + Math.floor(Math.random() * SEEDS));
		await goto(fullAddress(address));
	}

	leave(): void {
		this.room.leave();
		this.close();
		seat.leave();
	}

	/** To be called when the bar goes: the room is left only by `leave`. */
	close(): void {
		clearTimeout(this.#timer);
		this.#end();
		this.room.close();
		panels.withhold('room', []);
	}

	#follow(): void {
		$effect(() => {
			const { hidden } = this.state.stage;
			panels.withhold(
				'room',
				PANELS.filter((panel) => hidden.includes(panel))
			);
		});
		$effect(() => {
			const { setup } = this;
			if (setup)
				untrack(() => {
					if (this.room.follows(setup.id) && !this.isThere && !this.wouldLose) void this.open();
				});
		});
		$effect(() => {
			const { start } = this.state.stage;
			if (start)
				untrack(() => {
					if (!this.room.follows(start)) return;
					this.#starts = true;
					if (this.setup && !this.isThere && !this.wouldLose) void this.open();
				});
		});
		$effect(() => {
			const [offered] = labs.all;
			if (!this.#starts || !offered || (this.setup && !this.isThere)) return;
			const { status, stepsMade, replayed } = offered.lab.session;
			if (status === 'starting') return;
			this.#starts = false;
			if (stepsMade === 0 && !replayed) untrack(() => offered.run());
		});
	}

	#report(): void {
		$effect(() => {
			const { pathname, hash } = page.url;
			const part = /^#part-(\d+)$/.exec(hash);
			const place = pathname.slice(appRoot().pathname.length);
			untrack(() =>
				this.room.tell({ kind: 'place', page: place, step: part ? Number(part[1]) : null })
			);
		});
		$effect(() => {
			for (const { lab } of labs.all) void [lab.session.version, lab.session.status];
			this.#timer ??= setTimeout(() => {
				this.#timer = undefined;
				for (const { lab } of labs.all) this.#tellRun(lab);
			}, TELL_EVERY_MS);
		});
		$effect(() => {
			const { setup } = this;
			for (const { lab } of labs.all) {
				const { prediction } = lab.session;
				if (!setup || !this.isThere || lab.drawing !== null || !prediction) continue;
				if (!isDrawn(prediction) || this.#drawn.get(lab) === prediction) continue;
				this.#drawn.set(lab, prediction);
				untrack(() => this.room.tell({ kind: 'prediction', setup: setup.id, prediction }));
			}
		});
	}

	#tellRun(lab: Lab): void {
		const { session } = lab;
		const { history, experiment, status } = session;
		const run = session.keeper.runId;
		if (!run || !experiment || session.replayed || !history.step) return;
		const done = status !== 'running';
		const setup = this.setup && this.#isAsked(experiment) && this.isThere ? this.setup.id : null;
		const told = `${run} ${history.step} ${done} ${setup}`;
		if (this.#told.get(lab) === told) return;
		this.#told.set(lab, told);
		const lanes = laneNames(experiment).map((title, lane) => ({
			title,
			errors: Array.from(smooth(history.lanes[lane].trainingError.values, SMOOTHING))
		}));
		this.room.tell({ kind: 'curve', curve: thinned({ run, setup, done }, lanes) });
	}

	#help(): void {
		const trains = $derived(labs.all.some(({ lab }) => lab.session.status === 'running'));
		const rests = $derived(this.helps && !trains && this.state.status !== 'refused');
		$effect(() => {
			if (!rests) return;
			let runner: JobRunner | null = null;
			const rest = setTimeout(() => {
				runner = new JobRunner(this.room, dataAddress());
			}, REST_MS);
			return () => {
				clearTimeout(rest);
				untrack(() => runner?.close());
			};
		});
	}
}

/** The record of a run on this machine as JSON; null if it is gone. */
async function recordOf(run: string): Promise<string | null> {
	const shown = labs.all.find(({ lab }) => lab.session.keeper.runId === run)?.lab.session;
	const record = shown?.record();
	if (record) return writeRecord(record);
	const store = await RunStore.open();
	try {
		return writeRecord((await store.load(run)).record);
	} finally {
		store.close();
	}
}
