/** Describes the events of a run: stops, cuts, operations, and what can be undone. */
import type {
	ResumeCause,
	RunEvent,
	RunRecord,
	StopEvent,
	Surgery,
	SurgeryEvent,
	Undoable
} from '$lib/lab';
import { m } from '$lib/paraglide/messages';
import { formatCount, formatMoment, formatPercent, formatSentences } from './format';

/** The cause of an interruption, as the subject of a sentence. */
export function causeText(cause: ResumeCause): string {
	const causes = {
		'device-lost': m.cause_device,
		worker: m.cause_worker,
		kept: m.cause_kept,
		weights: m.cause_weights
	};
	return causes[cause]();
}

/** Describes where the first value that is not finite appeared. */
function whereText({ where }: StopEvent): string {
	if (!where) return m.where_unknown();
	return where.pass === 'forward'
		? m.where_output({ layer: where.node })
		: m.where_gradient({ layer: where.node });
}

/** Says why a lane stopped and what helps. */
export function stopText(event: StopEvent): string {
	return m.lane_stopped({ step: formatCount(event.step), where: whereText(event) });
}

export interface EventMark {
	readonly step: number;
	/** Index of the lane; null if all are concerned. */
	readonly lane: number | null;
	readonly text: string;
}

/** The events of a run as marks; shortcuts of one lane changed at one step become one mark. */
export function eventMarks(events: readonly RunEvent[], names: readonly string[]): EventMark[] {
	const marks: EventMark[] = [];
	for (let i = 0; i < events.length; i++) {
		const event = events[i];
		let count = 1;
		for (; isSameChange(event, events[i + 1]); i++) count++;
		const lane = 'lane' in event ? event.lane : null;
		marks.push({ step: event.step, lane, text: eventText(event, count, names) });
	}
	return marks;
}

function isSameChange(event: RunEvent, next: RunEvent | undefined): boolean {
	if (event.kind !== 'gate' || next?.kind !== 'gate') return false;
	const { lane, step, gate } = event;
	return next.lane === lane && next.step === step && next.gate < 1 === gate < 1;
}

/** @param count number of shortcuts that were changed together */
function eventText(event: RunEvent, count: number, names: readonly string[]): string {
	const step = formatCount(event.step);
	switch (event.kind) {
		case 'learning-rate':
			return m.event_learning_rate({ rate: event.learningRate, step });
		case 'resumed':
			return m.event_resumed({ step, backend: event.backend, cause: causeText(event.cause) });
		case 'not-finite':
			return m.event_not_finite({ name: names[event.lane], step, where: whereText(event) });
		case 'surgery':
		case 'surgery-undone':
			return surgeryText(event, names[event.lane]);
		case 'gate': {
			const { lane, block, gate } = event;
			const name = names[lane];
			if (count > 1) return m.event_gates({ name, count, step });
			if (gate === 0) return m.event_cut({ name, block, step });
			if (gate === 1) return m.event_restored({ name, block, step });
			return m.event_gate({ name, block, gate, step });
		}
	}
}

/** Describes an operation on a lane's weights. */
function operationText(operation: Surgery): string {
	if (operation.kind === 'zero-branch') return m.operation_zero({ block: operation.block });
	const moved = operation.order.flatMap((from, to) => (from === to ? [] : [to]));
	return moved.length === 2
		? m.operation_swap({ a: moved[0], b: moved[1] })
		: m.operation_reorder();
}

export function surgeryText(event: SurgeryEvent, name: string): string {
	const words = {
		name,
		step: formatCount(event.step),
		what: operationText(event.operation),
		after: formatPercent(event.after)
	};
	return event.kind === 'surgery'
		? m.event_surgery({ ...words, before: formatPercent(event.before) })
		: m.event_surgery_undone({ ...words, since: formatCount(event.since) });
}

/** Describes the result of an operation, with the test errors before and after. */
export function surgeryResult(event: SurgeryEvent): string {
	const { step, images } = event;
	const words = { what: operationText(event.operation), after: formatPercent(event.after) };
	return event.kind === 'surgery'
		? m.surgery_result({ ...words, step, images, before: formatPercent(event.before) })
		: m.surgery_undone({ ...words, step, images, since: event.since });
}

/** Describes what undoing a change would do. */
export function undoText(change: Undoable, names: readonly string[]): string {
	const name = names[change.lane];
	if (change.kind === 'surgery')
		return m.undo_surgery({ name, what: operationText(change.operation) });
	const { before, after } = change;
	const changed = before.flatMap((gate, block) => (gate === after[block] ? [] : [block]));
	const [block] = changed;
	return changed.length === 1
		? m.undo_gate({ name, block, gate: before[block] })
		: m.undo_gates({ name, count: changed.length });
}

/** Says when, where and with what a recorded run was made. */
export function recordedText({ environment, experiment, steps, keptSteps }: RunRecord): string {
	return formatSentences([
		m.replay_text({
			date: formatMoment(environment.startedAt),
			backend: environment.backend,
			seed: experiment.seed,
			steps: steps.length
		}),
		environment.machine ? m.replay_machine({ machine: environment.machine }) : '',
		keptSteps ? m.replay_kept({ kept: formatCount(keptSteps) }) : ''
	]);
}
