/** Describes what the lab is doing: the phases of preparation, the backend, its speed. */
import type { BackendName, BackendTrial, Preparation, RunRecord } from '$lib/lab';
import { m } from '$lib/paraglide/messages';
import { causeText } from './events';
import { formatBytes, formatCount, formatDetail, formatList, formatTime } from './format';

const PHASES: {
	readonly [K in Preparation['kind']]: (phase: Extract<Preparation, { kind: K }>) => string;
} = {
	backend: ({ name }) => (name ? m.status_backend_try({ name }) : m.status_backend_start()),
	data: () => m.status_data_start(),
	build: () => m.status_build(),
	pretrain: ({ lane, done, of }) =>
		m.status_pretrain({ number: lane + 1, done: formatCount(done), of: formatCount(of) }),
	resume: ({ cause }) => m.status_resume({ cause: causeText(cause) })
};

export const phaseText = (phase: Preparation): string =>
	(PHASES[phase.kind] as (phase: Preparation) => string)(phase);

export function dataText({ bytes, total }: { bytes: number; total: number }): string {
	return m.status_data({ received: formatBytes(bytes), total: formatBytes(total) });
}

type Reason = NonNullable<BackendTrial['reason']>;

/** Explains by code why a backend was not taken, given its time per step (if measured) and the chosen backend. */
const REASONS: {
	readonly [C in Reason['code']]: (
		reason: Extract<Reason, { code: C }>,
		time: string | null,
		taken: BackendName | undefined
	) => string;
} = {
	'not-supported': () => m.backend_not_supported(),
	'insecure-context': () => m.backend_insecure(),
	'no-adapter': () => m.backend_no_adapter(),
	'half-precision': () => m.backend_half(),
	failed: ({ detail }) => m.backend_failed({ detail: formatDetail(detail) }),
	'not-finite': ({ detail }) => m.backend_not_finite({ detail: formatDetail(detail) }),
	silent: ({ seconds }) => m.backend_silent({ seconds }),
	software: () => m.backend_software(),
	slower: ({ than }, time) =>
		time ? m.backend_slower({ time }) : m.backend_slower_untimed({ than }),
	'not-chosen': (_, time, taken) =>
		time || !taken ? m.backend_not_chosen() : m.backend_not_tried({ than: taken })
};

const KERNELS: { readonly [V in NonNullable<BackendTrial['kernels']>]: () => string } = {
	'relaxed-simd': m.kernels_fused,
	simd: m.kernels_unfused
};

/** Names the kernels of a trial; empty if they are not known. */
export const kernelsText = ({ kernels }: Pick<BackendTrial, 'kernels'>): string =>
	kernels && Object.hasOwn(KERNELS, kernels) ? KERNELS[kernels]() : '';

/** The backend that computed a run, with its device or its kernels. */
export function computedText({ backend, trials }: RunRecord['environment']): string {
	// Records' trials are not checked.
	const trial: Partial<BackendTrial> = Object(trials.find((each) => each?.name === backend));
	const device = typeof trial.device === 'string' ? trial.device : '';
	return formatList([backend, device || kernelsText(trial)].filter(Boolean));
}

const BROWSERS = [
	['Edge', /\bEdg\w*\/(\d+)/],
	['Firefox', /\b(?:Firefox|FxiOS)\/(\d+)/],
	['Chrome', /\b(?:Chrome|CriOS|Chromium)\/(\d+)/],
	['Safari', /\bVersion\/(\d+\.?\d*).*\bSafari\//]
] as const;

/** A browser's name and version; for others, such as PyTorch, what they say of themselves. */
export function browserText(userAgent: string): string {
	for (const [name, version] of BROWSERS) {
		const found = version.exec(userAgent);
		if (found) return `${name} ${found[1]}`;
	}
	return userAgent;
}

/** Explains why a backend was not taken, or says how fast the chosen one is. */
export function trialText(
	{ reason, milliseconds }: BackendTrial,
	taken: BackendName | undefined
): string {
	const time = milliseconds === null ? null : formatTime(milliseconds);
	if (!reason) return time ? m.backend_taken({ time }) : m.backend_taken_untimed();
	const text = REASONS[reason.code] as (reason: Reason, ...rest: unknown[]) => string;
	return text(reason, time, taken);
}
