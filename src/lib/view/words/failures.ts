/** What went wrong, and what the reader can do: of training, of what is kept, of files. */
import {
	StoreError,
	type Failure,
	type ImportProblem,
	type Interruption,
	type StoreFault
} from '$lib/lab';
import { m } from '$lib/paraglide/messages';
import { causeText } from './events';
import { formatBytes, formatCount, formatDetail, formatSentences } from './format';

/** Why the browser's store does not do what it is asked for, as the end of a sentence. */
const FAULTS: { readonly [F in StoreFault]: (words: { detail: string }) => string } = {
	forbidden: () => m.store_forbidden(),
	full: () => m.store_full(),
	gone: () => m.store_gone(),
	blocked: () => m.store_blocked(),
	newer: () => m.store_newer(),
	failed: m.store_failed
};
const faultText = (fault: StoreFault, detail: string) =>
	FAULTS[fault]({ detail: formatDetail(detail) });

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
