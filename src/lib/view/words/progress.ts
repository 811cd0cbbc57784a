/** What the lab is doing: how it gets ready, what computes, how fast. */
import type { BackendName, BackendTrial, Preparation } from '$lib/lab';
import { m } from '$lib/paraglide/messages';
import { causeText } from './events';
import { formatBytes, formatDetail, formatTime } from './format';

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
