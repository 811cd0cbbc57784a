/** Explains what went wrong with training, storage or files, and what the reader can do. */
import { StoreError, type Failure, type Interruption, type StoreFault } from '$lib/lab';
import { m } from '$lib/paraglide/messages';
import { causeText } from './events';
import { formatBytes, formatCount, formatDetail, formatSentences } from './format';
import { textOf, type Texts } from './texts';

/** Why the browser's storage failed, as the end of a sentence. */
const FAULTS: { readonly [F in StoreFault]: (words: { detail: string }) => string } = {
	forbidden: () => m.store_forbidden(),
	full: () => m.store_full(),
	gone: () => m.store_gone(),
	blocked: () => m.store_blocked(),
	newer: () => m.store_newer(),
	failed: m.store_failed
};
export const faultText = (fault: StoreFault, detail: string) =>
	FAULTS[fault]({ detail: formatDetail(detail) });

/** Explains an error of the storage; for other errors, returns their message. */
export const storeText = (error: unknown): string =>
	error instanceof StoreError ? faultText(error.fault, error.message) : formatDetail(error);

const FAILURES: Texts<Failure> = {
	shard: (failure) =>
		failure.reason === 'hash'
			? m.failure_shard_hash(failure)
			: m.failure_shard({ file: failure.file, reason: failure.reason }),
	data: ({ detail }) => m.failure_data({ detail: formatDetail(detail) }),
	'no-set': ({ id }) => m.failure_no_set({ id }),
	classes: m.failure_classes,
	'image-size': m.failure_image_size,
	'no-backend': () => m.failure_backend(),
	'device-lost': ({ backend, detail }) =>
		m.failure_device({ backend, detail: formatDetail(detail) }),
	memory: ({ needed, available }) =>
		available === null
			? m.failure_memory_unknown({ needed: formatBytes(needed) })
			: m.failure_memory({ needed: formatBytes(needed), available: formatBytes(available) }),
	'page-memory': ({ needed, most }) =>
		m.failure_page_memory({ needed: formatBytes(needed), most: formatBytes(most) }),
	pretraining: ({ network, step }) => m.failure_pretraining({ network, step: formatCount(step) }),
	'pretraining-stopped': () => m.failure_pretraining_stopped(),
	engine: ({ detail }) => m.failure_engine({ detail: formatDetail(detail) }),
	worker: ({ detail }) => m.failure_worker({ detail: formatDetail(detail) }),
	silent: ({ seconds }) => m.failure_silent({ seconds })
};

export const failureText = (failure: Failure): string => textOf(FAILURES, failure);

/** Describes an interruption of a run. */
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
