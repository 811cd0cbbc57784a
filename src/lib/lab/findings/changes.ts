/**
 * Finds what was changed during a run, by its plan or by hand (shortcuts, learning rate, weights), and the training
 * error before and after each change, whether it had an effect or not.
 */
import { bisectRight, mean } from 'd3';
import { laneGates, type Experiment, type Lane } from '../experiment/experiment';
import type { History, SurgeryEvent } from '../record/history';
import { FINDING_THRESHOLDS, FINDING_WINDOW } from './thresholds';

/** Least number of steps before and after a change that its effect is judged by. */
const FEWEST_STEPS = 5;
/** Most changes reported per lane, the latest ones: more would bury all other findings. */
const MOST_CHANGES = 4;

/** What was changed. */
export type Changed =
	/** `count` of `of` shortcuts were cut, restored, or set to gates in between. */
	| {
			readonly kind: 'cut' | 'restored' | 'gated';
			readonly count: number;
			readonly of: number;
	  }
	| { readonly kind: 'learning-rate'; readonly from: number; readonly to: number }
	| { readonly kind: 'surgery'; readonly event: SurgeryEvent }
	/** Weights from a file were loaded; the record does not say into which network. */
	| { readonly kind: 'weights' };

export interface ChangeFinding {
	readonly kind: 'change';
	readonly lane: number;
	/** The last step before the change; where shortcuts were changed one by one, before the last of them. */
	readonly step: number;
	readonly changed: Changed;
	/** Null if weights were changed and too few steps made since; the changed weights were tested at once. */
	readonly training: Training | null;
	/** For restored shortcuts: the training error before they were cut, else null. */
	readonly whole: number | null;
	/** An identical network in another lane that nobody changed, with its error at the same step. */
	readonly twin: { readonly lane: number; readonly error: number } | null;
}

/** Training errors around a change, 0…1. */
interface Training {
	/** Means of up to `FINDING_WINDOW` steps right before and right after. */
	readonly before: number;
	readonly after: number;
	/** Number of steps that `after` averages over. */
	readonly steps: number;
	/** Whether `after` differs from `before` by more than the noise of batches. */
	readonly effect: 'rose' | 'fell' | 'none';
	/** The mean at the last step before the next change, or at the step shown; null if that is `after` itself. */
	readonly later: { readonly step: number; readonly error: number } | null;
}

/** A change in one lane, made after step `first`; one made in several parts ends after step `last`. */
interface Stretch {
	readonly first: number;
	readonly last: number;
	readonly changed: Changed;
}

/**
 * Finds the changes of every lane, the latest first.
 * @param step last step of the run to consider
 */
export function changeFindings(
	history: History,
	experiment: Experiment,
	step = Infinity
): ChangeFinding[] {
	const until = Math.min(step, history.step);
	return experiment.lanes.flatMap((own, lane) => {
		const changes = changesOf(history, experiment, lane, until);
		let whole: number | null = null;
		const found = changes.flatMap(({ first, last, changed }, i): ChangeFinding[] => {
			const since = changes[i - 1]?.last ?? 0;
			const end = changes[i + 1]?.first ?? until;
			const training = trainingAround(history, lane, { since, first, last, end });
			if (changed.kind === 'cut') whole ??= training?.before ?? null;
			const restored = changed.kind === 'restored' ? whole : null;
			if (changed.kind === 'restored') whole = null;
			if (!training && changed.kind !== 'surgery') return [];
			// The record does not say which network got the weights, so a lane without an effect is left out.
			if (changed.kind === 'weights' && training?.effect === 'none') return [];
			const at = training?.later?.step ?? last + (training?.steps ?? 0);
			return [
				{
					kind: 'change',
					...{ lane, step: last, changed, training },
					whole: restored,
					twin: training && twinOf(history, experiment, own, lane, at)
				}
			];
		});
		return found.slice(-MOST_CHANGES).reverse();
	});
}

/** Training errors around a change; null if the neighbouring changes leave too few steps. */
function trainingAround(
	history: History,
	lane: number,
	{ since, first, last, end }: { since: number; first: number; last: number; end: number }
): Training | null {
	const before = errorOf(history, lane, Math.max(since, first - FINDING_WINDOW), first);
	const after = errorOf(history, lane, last, Math.min(end, last + FINDING_WINDOW));
	if (!before || !after) return null;
	const late = end >= last + 2 * FINDING_WINDOW;
	const later = late ? errorOf(history, lane, end - FINDING_WINDOW, end) : null;
	// Means of fewer steps vary more.
	const fewer = (FINDING_WINDOW * (1 / before.count + 1 / after.count)) / 2;
	const margin = FINDING_THRESHOLDS.apart * Math.sqrt(fewer);
	const difference = after.error - before.error;
	return {
		before: before.error,
		after: after.error,
		steps: after.count,
		effect: Math.abs(difference) <= margin ? 'none' : difference > 0 ? 'rose' : 'fell',
		later: later && { step: end, error: later.error }
	};
}

/** Mean training error of a lane's steps after `from`, up to `to`; null if there are too few. */
function errorOf(history: History, lane: number, from: number, to: number) {
	const { steps, values } = history.lanes[lane].trainingError;
	const own = values.slice(bisectRight(steps, from), bisectRight(steps, to));
	const error = mean(own);
	return own.length < FEWEST_STEPS || error === undefined ? null : { error, count: own.length };
}

function twinOf(
	history: History,
	experiment: Experiment,
	own: Lane,
	lane: number,
	step: number
): ChangeFinding['twin'] {
	const same = JSON.stringify(own);
	const twin = experiment.lanes.findIndex(
		(other, i) =>
			i !== lane &&
			JSON.stringify(other) === same &&
			!changesOf(history, experiment, i, step).length
	);
	const found = twin < 0 ? null : errorOf(history, twin, step - FINDING_WINDOW, step);
	return found && { lane: twin, error: found.error };
}

/** All changes of a lane before a step, in order. */
function changesOf(
	history: History,
	{ lanes, recipe }: Experiment,
	lane: number,
	until: number
): Stretch[] {
	const found: Stretch[] = [];
	const gates = laneGates(lanes[lane]);
	let rate = recipe.learningRate;
	/** The gates before a series of changes of single gates. */
	let start: { readonly first: number; readonly gates: readonly number[] } | null = null;
	let latest = 0;
	const endOfGates = () => {
		if (start) found.push(...gatesChanged(start.gates, gates, start.first, latest));
		start = null;
	};
	for (const event of history.events) {
		if (event.step >= until || ('lane' in event && event.lane !== lane)) continue;
		const at = { first: event.step, last: event.step };
		if (event.kind !== 'gate' || event.step >= latest + FINDING_WINDOW) endOfGates();
		switch (event.kind) {
			case 'gate':
				start ??= { first: event.step, gates: [...gates] };
				latest = event.step;
				gates[event.block] = event.gate;
				break;
			case 'learning-rate':
				addRate(found, event.step, rate, event.learningRate);
				rate = event.learningRate;
				break;
			case 'surgery':
				found.push({ ...at, changed: { kind: 'surgery', event } });
				break;
			case 'surgery-undone': {
				const done = found.findLastIndex(({ changed }) => changed.kind === 'surgery');
				if (found[done]?.first === event.step) found.splice(done, 1);
				else found.push({ ...at, changed: { kind: 'surgery', event } });
				break;
			}
			case 'resumed':
				if (event.cause === 'weights') found.push({ ...at, changed: { kind: 'weights' } });
				break;
			case 'not-finite':
		}
	}
	endOfGates();
	return [...found, ...dropsOf(recipe, until)].sort((a, b) => a.first - b.first);
}

/** Adds a change of the learning rate; merges changes that follow each other at once, as those of a slider do. */
function addRate(found: Stretch[], step: number, from: number, to: number): void {
	const before = found.at(-1);
	const changed = { kind: 'learning-rate', from, to } as const;
	if (before?.changed.kind !== 'learning-rate' || step >= before.last + FINDING_WINDOW) {
		if (from !== to) found.push({ first: step, last: step, changed });
		return;
	}
	found.pop();
	if (before.changed.from !== to)
		found.push({ ...before, last: step, changed: { ...changed, from: before.changed.from } });
}

/** The steps at which the schedule divides the learning rate by 10, for the rate set at the start. */
function dropsOf({ schedule, learningRate }: Experiment['recipe'], until: number): Stretch[] {
	if (schedule?.kind !== 'drops') return [];
	return schedule.after
		.filter((step) => step < until)
		.sort((a, b) => a - b)
		.map((step, i) => {
			const [from, to] = [i, i + 1].map((drops) => learningRate / 10 ** drops);
			return { first: step, last: step, changed: { kind: 'learning-rate', from, to } };
		});
}

/** Sums up a series of changes of gates; null if the gates end as they began. */
function gatesChanged(
	before: readonly number[],
	after: readonly number[],
	first: number,
	last: number
): Stretch[] {
	const changed = after.filter((gate, block) => gate !== before[block]);
	if (!changed.length) return [];
	const kind = changed.every((gate) => gate === 0)
		? 'cut'
		: changed.every((gate) => gate === 1)
			? 'restored'
			: 'gated';
	return [{ first, last, changed: { kind, count: changed.length, of: after.length } }];
}
