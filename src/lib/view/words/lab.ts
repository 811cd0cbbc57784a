/** Turns what the lab reports as values into sentences in the reader's language. */
import type {
	BackendName,
	BackendTrial,
	Experiment,
	Failure,
	Finding,
	ImportProblem,
	Interruption,
	Lane,
	Surgery,
	PairKind,
	Preparation,
	Probe,
	ResumeCause,
	RunEvent,
	ShippedRecording,
	StopEvent,
	SurgeryEvent,
	SweepFinding,
	Undoable
} from '$lib/lab';
import {
	FINDING_THRESHOLDS,
	FINDING_WINDOW,
	isPresetName,
	OUTCOMES,
	StoreError,
	type DepthChoice,
	type StoreFault
} from '$lib/lab';
import type { Initialisation } from '$lib/network';
import { m } from '$lib/paraglide/messages';
import {
	formatBytes,
	formatCount,
	formatDetail,
	formatDuration,
	formatNorm,
	formatPercent,
	formatSentences,
	formatTime
} from './format';
import { activationName } from './graph';

/** `plain-56`, `residual-56`; in Chinese `普通-56`, `残差-56`. */
function laneName({ network }: Lane): string {
	const { depth } = network;
	return network.shortcut === 'none'
		? m.lane_name_plain({ depth })
		: m.lane_name_residual({ depth });
}

/**
 * The names of all lanes of an experiment, told apart by their options or a number where depth and
 * kind are the same.
 */
export function laneNames({ lanes }: Pick<Experiment, 'lanes'>): string[] {
	const names = lanes.map(laneName);
	return names.map((name, i) => {
		const same = names.flatMap((other, j) => (other === name ? [j] : []));
		return same.length > 1 ? m.lane_numbered({ name, number: same.indexOf(i) + 1 }) : name;
	});
}

/** What sets a lane apart from the paper's recipe, such as `sigmoid · no normalisation`. */
export function laneOptions({ network }: Lane): string[] {
	return [
		...(network.shortcut === 'B' || network.shortcut === 'C'
			? [m.kind_residual({ option: network.shortcut })]
			: []),
		...(network.activation === 'relu' ? [] : [activationName(network.activation)]),
		...(network.batchNorm ? [] : [m.option_no_norm()]),
		...(network.initialisation === 'he'
			? []
			: [m.option_initialisation({ name: initialisationName(network.initialisation) })]),
		...(network.dropout ? [m.option_dropout({ rate: network.dropout })] : [])
	];
}

/** Names of the field; the same in every language. */
export function initialisationName(initialisation: Initialisation): string {
	return {
		he: 'He',
		xavier: 'Xavier',
		'small-normal': 'σ = 0.01',
		'twice-he': '2 × He',
		'zero-residual': 'zero-residual'
	}[initialisation];
}

/** The two networks of a comparison at one depth. */
export function pairNames(): Record<PairKind, string> {
	return { plain: m.kind_plain(), residual: m.kind_residual({ option: 'A' }) };
}

/** Of a recorded run. */
export const recordingTitle = ({ preset, depth, steps }: ShippedRecording) =>
	m.recording_title({ name: presetName(preset), depth, steps: formatCount(steps) });

export function presetName(preset: string): string {
	const names: Record<string, () => string> = {
		degradation: m.preset_degradation,
		depths: m.preset_depths,
		vanishing: m.preset_vanishing,
		exploding: m.preset_exploding,
		'rescue-relu': m.preset_rescue_relu,
		'rescue-init': m.preset_rescue_init,
		'rescue-norm': m.preset_rescue_norm,
		'zero-residual': m.preset_zero_residual,
		switching: m.preset_switching,
		lesion: m.preset_lesion,
		landscape: m.preset_landscape
	};
	return names[preset]?.() ?? m.preset_own();
}

/** What to look for in a preset; empty for an experiment of unknown origin. */
export function presetHint(preset: string): string {
	const hints: Record<string, () => string> = {
		degradation: m.hint_degradation,
		depths: m.hint_depths,
		vanishing: m.hint_vanishing,
		exploding: m.hint_exploding,
		'rescue-relu': m.hint_rescue_relu,
		'rescue-init': m.hint_rescue_init,
		'rescue-norm': m.hint_rescue_norm,
		'zero-residual': m.hint_zero_residual,
		switching: m.hint_switching,
		lesion: m.hint_lesion,
		landscape: m.hint_landscape
	};
	return hints[preset]?.() ?? '';
}

/** How long a preset takes to show what it is to show; by the time of a step here once that is known. */
export function presetTime(preset: string, stepTime: number | null): string {
	if (!isPresetName(preset)) return '';
	const { steps, seconds } = OUTCOMES[preset];
	return stepTime === null
		? m.preset_time({ steps: formatCount(steps), time: formatDuration(1000 * seconds) })
		: m.preset_time_here({ steps: formatCount(steps), time: formatDuration(steps * stepTime) });
}

/** Why the browser's store does not do what it is asked for, as the end of a sentence. */
function faultText(fault: StoreFault, detail: string): string {
	switch (fault) {
		case 'forbidden':
			return m.store_forbidden();
		case 'full':
			return m.store_full();
		case 'gone':
			return m.store_gone();
		case 'blocked':
			return m.store_blocked();
		case 'newer':
			return m.store_newer();
		case 'failed':
			return m.store_failed({ detail: formatDetail(detail) });
	}
}

/** What went wrong with what is kept; of other errors what they say. */
export const storeText = (error: unknown): string =>
	error instanceof StoreError ? faultText(error.fault, error.message) : formatDetail(error);

/** Why brought files were not taken. */
export function importProblemText(problem: ImportProblem): string {
	switch (problem.code) {
		case 'file': {
			const { file, offset, expected, found } = problem;
			return offset === null
				? m.data_problem_file({ file, expected, found })
				: m.data_problem_byte({ file, offset, expected, found });
		}
		case 'full':
			return problem.room === null || problem.used === null
				? m.data_problem_full_unknown()
				: m.data_problem_full({
						room: formatBytes(problem.room),
						used: formatBytes(problem.used)
					});
		case 'store':
			return m.data_problem_failed({
				detail: formatDetail(faultText(problem.fault, problem.detail))
			});
		case 'failed':
			return m.data_problem_failed({ detail: formatDetail(problem.detail) });
	}
}

export function phaseText(phase: Preparation): string {
	switch (phase.kind) {
		case 'backend':
			return phase.name ? m.status_backend_try({ name: phase.name }) : m.status_backend_start();
		case 'pace':
			return m.status_pace();
		case 'data':
			return m.status_data_start();
		case 'build':
			return m.status_build();
		case 'resume':
			return m.status_resume({ cause: causeText(phase.cause) });
	}
}

export function dataText({ bytes, total }: { bytes: number; total: number }): string {
	return m.status_data({ received: formatBytes(bytes), total: formatBytes(total) });
}

/** Which depth was chosen, and why not a deeper one. */
export function paceText({ depth, expected }: DepthChoice): string {
	const at = expected.findIndex((e) => e.depth === depth);
	const time = formatTime(expected[at].milliseconds);
	if (at === 0) return m.pace_deepest({ depth, time });
	const deeper = expected[at - 1];
	return m.pace_lower({
		depth,
		time,
		deeper: deeper.depth,
		deeperTime: formatTime(deeper.milliseconds)
	});
}

/** Why a backend was not taken, or how fast the taken one was. */
export function trialText(trial: BackendTrial, taken: BackendName | undefined): string {
	const { reason, milliseconds } = trial;
	const time = milliseconds === null ? null : formatTime(milliseconds);
	if (!reason) return time ? m.backend_taken({ time }) : m.backend_taken_untimed();
	switch (reason.code) {
		case 'not-supported':
			return m.backend_not_supported();
		case 'insecure-context':
			return m.backend_insecure();
		case 'no-adapter':
			return m.backend_no_adapter();
		case 'half-precision':
			return m.backend_half();
		case 'failed':
			return m.backend_failed({ detail: formatDetail(reason.detail) });
		case 'not-finite':
			return m.backend_not_finite({ detail: formatDetail(reason.detail) });
		case 'silent':
			return m.backend_silent({ seconds: reason.seconds });
		case 'software':
			return m.backend_software();
		case 'slower':
			return time ? m.backend_slower({ time }) : m.backend_slower_untimed({ than: reason.than });
		case 'not-chosen':
			return time || !taken ? m.backend_not_chosen() : m.backend_not_tried({ than: taken });
	}
}

export function failureText(failure: Failure): string {
	switch (failure.code) {
		case 'shard':
			return failure.reason === 'hash'
				? m.failure_shard_hash(failure)
				: m.failure_shard({ file: failure.file, reason: failure.reason });
		case 'data':
			return m.failure_data({ detail: formatDetail(failure.detail) });
		case 'no-set':
			return m.failure_no_set({ id: failure.id });
		case 'classes':
			return m.failure_classes(failure);
		case 'no-backend':
			return m.failure_backend();
		case 'device-lost':
			return m.failure_device({ backend: failure.backend, detail: formatDetail(failure.detail) });
		case 'memory':
			return failure.available === null
				? m.failure_memory_unknown({ needed: formatBytes(failure.needed) })
				: m.failure_memory({
						needed: formatBytes(failure.needed),
						available: formatBytes(failure.available)
					});
		case 'engine':
			return m.failure_engine({ detail: formatDetail(failure.detail) });
		case 'worker':
			return m.failure_worker({ detail: formatDetail(failure.detail) });
		case 'silent':
			return m.failure_silent({ seconds: failure.seconds });
	}
}

/** What stopped a run, as the subject of a sentence. */
function causeText(cause: ResumeCause): string {
	const causes = {
		'device-lost': m.cause_device,
		worker: m.cause_worker,
		kept: m.cause_kept,
		weights: m.cause_weights
	};
	return causes[cause]();
}

/** What befell a run that went on by itself. */
export function interruptionText(interruption: Interruption): string {
	if (interruption.kind === 'hidden')
		return m.notice_hidden({ seconds: interruption.seconds, steps: interruption.steps });
	if (interruption.kind === 'parted') return m.notice_parted();
	if (interruption.kind === 'again') {
		const { failure, backend } = interruption;
		const again = backend ? m.notice_again_with({ backend }) : m.notice_again();
		return formatSentences([failureText(failure), again]);
	}
	const { step, cause, backend } = interruption;
	return m.notice_resumed({ step: formatCount(step), backend, cause: causeText(cause) });
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

/** What a probe shows: as a label beside an axis, as a choice, and in one sentence what it tells. */
export function probeText(probe: Probe): { short: string; name: string; hint: string } {
	switch (probe) {
		case 'gradient':
			return {
				short: m.probe_gradient_short(),
				name: m.probe_gradient(),
				hint: m.probe_gradient_hint()
			};
		case 'gradient-rms':
			return { short: m.probe_rms_short(), name: m.probe_rms(), hint: m.probe_rms_hint() };
		case 'block-gradient':
			return {
				short: m.probe_block_gradient_short(),
				name: m.probe_block_gradient(),
				hint: m.probe_block_gradient_hint()
			};
		case 'block-std':
			return { short: m.probe_std_short(), name: m.probe_std(), hint: m.probe_std_hint() };
		case 'gradient-ratio':
			return {
				short: m.probe_gradient_ratio_short(),
				name: m.probe_gradient_ratio(),
				hint: m.probe_gradient_ratio_hint()
			};
		case 'dead':
			return { short: m.probe_dead_short(), name: m.probe_dead(), hint: m.probe_dead_hint() };
		case 'weight':
			return { short: m.probe_weight_short(), name: m.probe_weight(), hint: m.probe_weight_hint() };
		case 'update-ratio':
			return {
				short: m.probe_update_ratio_short(),
				name: m.probe_update_ratio(),
				hint: m.probe_update_ratio_hint()
			};
	}
}

/** A finding with its numbers and what it was measured by. */
export function findingText(finding: Finding, names: readonly string[]): string {
	const name = names[finding.lane];
	const window = FINDING_WINDOW;
	switch (finding.kind) {
		case 'vanished': {
			const [first, largest] = [finding.first, finding.largest].map(formatNorm);
			return m.finding_vanished({ name, first, largest, window });
		}
		case 'exploded':
			return m.finding_exploded({
				name,
				layer: finding.column + 1,
				value: formatNorm(finding.largest),
				limit: formatNorm(FINDING_THRESHOLDS.exploded)
			});
		case 'dead':
			return m.finding_dead({ name, layers: finding.layers, of: finding.of });
		case 'diverged': {
			const [loss, start] = [finding.loss, finding.start].map(formatNorm);
			return m.finding_diverged({ name, loss, start });
		}
		case 'degradation':
		case 'shortcuts': {
			const words = {
				name,
				error: formatPercent(finding.error),
				other: names[finding.other],
				otherError: formatPercent(finding.otherError),
				window,
				apart: formatPercent(FINDING_THRESHOLDS.apart)
			};
			if (!finding.seeds)
				return finding.kind === 'degradation'
					? m.finding_degradation(words)
					: m.finding_shortcuts(words);
			const { count, spread } = finding.seeds;
			const more = { ...words, count, spread: formatPercent(spread) };
			return finding.kind === 'degradation'
				? m.finding_degradation_seeds(more)
				: m.finding_shortcuts_seeds(more);
		}
	}
}

/** Whether a depth sweep shows degradation of one kind of network, with its numbers. */
export function sweepFindingText(finding: SweepFinding): string {
	const { kind, degradation, depth, other, seeds } = finding;
	const apart = formatPercent(FINDING_THRESHOLDS.apart);
	const words = {
		kind: pairNames()[kind],
		depth,
		error: formatPercent(finding.error),
		other,
		otherError: formatPercent(finding.otherError),
		seeds: seeds
			? m.sweep_of_seeds({ count: seeds.count, spread: formatPercent(seeds.spread), apart })
			: m.sweep_of_one({ apart })
	};
	return degradation ? m.sweep_degradation(words) : m.sweep_no_degradation(words);
}
