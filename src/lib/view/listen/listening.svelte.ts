/** How the reader listens to the curves of a run: which curve and network, point by point or as a whole, or while training. */
import { createContext } from 'svelte';
import { m } from '$lib/paraglide/messages';
import { smooth } from '../charts/curves';
import type { NormDomain } from '../charts/normColour';
import { eachFrame } from '../eachFrame';
import type { Lab, ShownRun } from '../lab/context.svelte';
import { METRICS, TRAINING_ERROR, type Metric } from '../lab/metrics';
import { isDrawing } from '../lab/prediction';
import { formatCount, formatLabel, formatList } from '../words/format';
import { sound } from './sound.svelte';
import {
	melody,
	normTone,
	tonesAt,
	tonesBetween,
	valueAt,
	type HeardCurve,
	type Tone
} from './tones';

/** Time in which a whole curve is played, in milliseconds, and its number of moments. */
const LENGTH = 6000;
const MOMENTS = 90;
/** Longest time for one moment, in milliseconds, where a run has few steps. */
const LONGEST = 400;
/** Length of a single tone, in seconds. */
const TONE = 0.3;
/** Least time between two texts while a curve plays, in milliseconds: a sentence takes as long to say. */
const SAY_EVERY = 3000;
/** Time between two tones while networks train, in milliseconds. */
const LIVE_EVERY = 1000;

/** A network's values by layer, null for a layer without one, as its profile draws them. */
export interface HeardProfile {
	readonly lane: number;
	readonly norms: readonly (number | null)[];
	readonly domain: NormDomain;
}

export class Listening {
	readonly #lab: Lab;
	readonly #run: () => ShownRun;
	metric = $state.raw<Metric>(TRAINING_ERROR);
	#lane = $state<number | null>(null);
	/** Whether the newest values sound while networks train. */
	live = $state(false);
	/** The step that sounds while a curve plays; null while none does. */
	at = $state<number | null>(null);
	/** What plays, for screen readers; changes every few seconds. */
	said = $state('');
	#end = () => {};

	/** Call it while a component is being set up. */
	constructor(lab: Lab, run: () => ShownRun) {
		this.#lab = lab;
		this.#run = run;
		$effect(() => {
			if (!this.on || !this.live || lab.session.status !== 'running') return;
			let before = lab.session.history.step;
			const timer = setInterval(() => {
				const { step } = lab.session.history;
				const { metric } = this.metric;
				this.#sound(tonesBetween(metric, this.#curves(this.metric), before, step));
				before = step;
			}, LIVE_EVERY);
			return () => clearInterval(timer);
		});
		// The reader listens to one lab at a time.
		$effect(() => {
			if (!this.on) this.stop();
		});
		// A curve that plays belongs to its run.
		$effect(() => {
			void lab.session.history;
			return () => this.stop();
		});
	}

	/** Whether the reader listens to this lab. */
	get on(): boolean {
		return sound.listener === this.#lab;
	}

	/** Index of the network that is heard alone; null for all. */
	get lane(): number | null {
		return this.#lane !== null && this.#lane < this.#run().names.length ? this.#lane : null;
	}

	set lane(lane: number | null) {
		this.#lane = lane;
	}

	/** Turns listening on, and plays the curve; or turns it off. */
	toggle(): void {
		this.stop();
		if (this.on) sound.end();
		else void this.play();
	}

	/** Plays the whole of the chosen curve; a film of the run gives way to it. */
	async play(): Promise<void> {
		this.stop();
		this.at = 0;
		await sound.begin(this.#lab);
		this.#lab.cursor = null;
		const moments = melody(this.metric.metric, this.#curves(this.metric), this.#lab.step, MOMENTS);
		if (this.at === null) return; // stopped meanwhile
		if (!moments.length) {
			this.stop();
			return;
		}
		let saidAt = 0;
		this.#playAll(moments, ({ step, tones }, elapsed, over) => {
			this.at = step;
			const ended = tones.some(({ frequency }) => frequency === null);
			if (!over && !ended && elapsed - saidAt < SAY_EVERY) return;
			this.said = this.text(this.metric, step);
			saidAt = elapsed;
		});
	}

	/** Plays the norms of a network's layers, from the first to the last. @param onLayer is told which one sounds */
	playProfile({ lane, norms, domain }: HeardProfile, onLayer: (layer: number) => void): void {
		this.stop();
		const moments = norms.flatMap((norm, layer) =>
			norm === null ? [] : [{ layer, tones: [normTone(lane, norm, domain)] }]
		);
		this.#playAll(moments, ({ layer }) => onLayer(layer));
	}

	/** Sounds the norm of one layer. */
	soundLayer({ lane, norms, domain }: HeardProfile, layer: number): void {
		this.stop();
		const norm = norms[layer];
		if (norm != null) this.#sound([normTone(lane, norm, domain)]);
	}

	/** Sounds moments of equal length one after another, then stops. @param onMoment is told of each, and of the milliseconds since the first */
	#playAll<Moment extends { readonly tones: readonly Tone[] }>(
		moments: readonly Moment[],
		onMoment: (moment: Moment, elapsed: number, over: boolean) => void
	): void {
		const each = Math.min(LONGEST, LENGTH / moments.length);
		let [elapsed, next] = [0, 0];
		this.#end();
		this.#end = eachFrame((milliseconds) => {
			elapsed += milliseconds;
			for (; next < moments.length && next * each <= elapsed; next++) {
				const moment = moments[next];
				this.#sound(moment.tones, (1.5 * each) / 1000);
				onMoment(moment, elapsed, next === moments.length - 1);
			}
			if (elapsed >= moments.length * each) this.stop();
		});
	}

	/** Stops playing. */
	stop(): void {
		this.#end();
		this.at = null;
	}

	/** To be called for every key on a chart after the chart has used it; the arrow keys to the left and right move its crosshair. */
	key(event: KeyboardEvent): void {
		const { view } = (event.target as SVGElement).dataset;
		const chart = METRICS.find((each) => each.view === view);
		if (!this.on || !chart || isDrawing(this.#lab)) return;
		const turn = { ArrowUp: -1, ArrowDown: 1 }[event.key];
		const moved = event.defaultPrevented;
		if (!moved && turn === undefined && event.key !== ' ' && event.key !== 'Escape') return;
		const { at } = this;
		this.metric = chart;
		this.stop();
		if (event.key === 'Escape') return;
		event.preventDefault();
		if (at !== null && !moved) this.#lab.read = at;
		if (event.key === ' ') {
			if (at === null) void this.play();
			return;
		}
		if (turn !== undefined) {
			// All networks come before the first.
			const count = this.#run().names.length + 1;
			const chosen = ((this.lane ?? -1) + 1 + turn + count) % count;
			this.lane = chosen ? chosen - 1 : null;
		}
		this.#sound(tonesAt(chart.metric, this.#curves(chart), this.#lab.read ?? this.#now));
	}

	/** What a chart says to screen readers: the values of the networks that are heard. */
	spoken(chart: Metric): string {
		return this.at === null
			? this.text(chart, this.#lab.read ?? this.#now)
			: m.listen_playing({ metric: chart.title() });
	}

	text(chart: Metric, step: number): string {
		const { names } = this.#run();
		const values = this.#curves(chart).map((curve) => {
			const value = valueAt(curve, step);
			const name = names[curve.lane];
			if (curve.stop !== null && step >= curve.stop)
				return `${name} ${m.outcome_stopped({ step: formatCount(curve.stop) })}`;
			if (value === null) return `${name} –`;
			return `${name} ${Number.isFinite(value) ? chart.format(value) : m.listen_not_finite()}`;
		});
		return formatLabel(m.step_counter({ step: formatCount(step) }), formatList(values));
	}

	/** The last step shown. */
	get #now(): number {
		const { cursor, step } = this.#lab;
		return Math.min(cursor ?? step, step);
	}

	/** The chart's curves of the networks that are heard. */
	#curves({ metric, window }: Metric): HeardCurve[] {
		const { history } = this.#lab;
		return history.lanes.flatMap((columns, lane) => {
			if (this.lane !== null && this.lane !== lane) return [];
			const { steps, values } = columns[metric];
			return {
				lane,
				column: { steps, values: smooth(values, window) },
				stop: history.stop(lane)?.step ?? null
			};
		});
	}

	#sound(tones: readonly Tone[], seconds = TONE): void {
		sound.play(tones, this.#run().names.length, seconds);
	}
}

/** How the lab's reader listens. */
export const [getListening, setListening] = createContext<Listening>();
