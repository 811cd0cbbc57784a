/** What happened to a run: stops, cuts, operations, and what can be taken back. */
import type { ResumeCause, RunEvent, StopEvent, Surgery, SurgeryEvent, Undoable } from '$lib/lab';
import { m } from '$lib/paraglide/messages';
import { formatCount, formatPercent } from './format';

/** What stopped a run, as the subject of a sentence. */
export function causeText(cause: ResumeCause): string {
	const causes = {
		'device-lost': m.cause_device,
		worker: m.cause_worker,
		kept: m.cause_kept,
		weights: m.cause_weights
	};
	return causes[cause]();
}

/** Which value was not finite first. */
function whereText({ where }: StopEvent): string {
	if (!where) return m.where_unknown();
	return where.pass === 'forward'
		? m.where_output({ layer: where.node })
		: m.where_gradient({ layer: where.node });
}

/** Why a lane stopped, and what helps. */
export function stopText(event: StopEvent): string {
	return m.lane_stopped({ step: formatCount(event.step), where: whereText(event) });
}

export interface EventMark {
	readonly step: number;
	/** The lane concerned; null when all are. */
	readonly lane: number | null;
	readonly text: string;
}

/** The events of a run as marks; shortcuts of one lane changed at one step become one mark. */
export function eventMarks(events: readonly RunEvent[], names: readonly string[]): EventMark[] {
	const marks: EventMark[] = [];
	for (let i = 0; i < events.length; i++) {
		const event = events[i];
		const { step: at } = event;
		const step = formatCount(at);
		if (event.kind === 'learning-rate') {
			const text = m.event_learning_rate({ rate: event.learningRate, step });
			marks.push({ step: at, lane: null, text });
			continue;
		}
		if (event.kind === 'resumed') {
			const text = m.event_resumed({
				step,
				backend: event.backend,
				cause: causeText(event.cause)
			});
			marks.push({ step: at, lane: null, text });
			continue;
		}
		const { lane } = event;
		const name = names[lane];
		if (event.kind === 'not-finite') {
			const text = m.event_not_finite({ name, step, where: whereText(event) });
			marks.push({ step: at, lane, text });
			continue;
		}
		if (event.kind === 'surgery' || event.kind === 'surgery-undone') {
			marks.push({ step: at, lane, text: surgeryText(event, name) });
			continue;
		}
		let last = i;
		for (let next = events[last + 1]; next; next = events[++last + 1]) {
			const same =
				next.kind === 'gate' &&
				next.lane === lane &&
				next.step === at &&
				next.gate < 1 === event.gate < 1;
			if (!same) break;
		}
		const text =
			last > i
				? m.event_gates({ name, count: last - i + 1, step })
				: event.gate === 0
					? m.event_cut({ name, block: event.block, step })
					: event.gate === 1
						? m.event_restored({ name, block: event.block, step })
						: m.event_gate({ name, block: event.block, gate: event.gate, step });
		marks.push({ step: at, lane, text });
		i = last;
	}
	return marks;
}

/** What was done to a lane's weights. */
function operationText(operation: Surgery): string {
	if (operation.kind === 'zero-branch') return m.operation_zero({ block: operation.block });
	const moved = operation.order.flatMap((from, to) => (from === to ? [] : [to]));
	return moved.length === 2
		? m.operation_swap({ a: moved[0], b: moved[1] })
		: m.operation_reorder();
}

function surgeryText(event: SurgeryEvent, name: string): string {
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

/** What came of an operation, with the test error before and after it. */
export function surgeryResult(event: SurgeryEvent): string {
	const { step, images } = event;
	const words = { what: operationText(event.operation), after: formatPercent(event.after) };
	return event.kind === 'surgery'
		? m.surgery_result({ ...words, step, images, before: formatPercent(event.before) })
		: m.surgery_undone({ ...words, step, images, since: event.since });
}

/** What undoing a change would do. */
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
