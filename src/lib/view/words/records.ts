/** Explains what is wrong with a file that should be a saved run, and what the reader can do. */
import type { RecordProblem, RecordWarning } from '$lib/lab';
import { m } from '$lib/paraglide/messages';
import {
	formatBytes,
	formatCount,
	formatDetail,
	formatList,
	formatSentences,
	formatSome
} from './format';
import { textOf, type Texts } from './texts';

const RECORD_PROBLEMS: Texts<RecordProblem, [app: string]> = {
	empty: () => m.record_problem_empty(),
	large: ({ most }) => m.record_problem_large({ limit: formatBytes(most) }),
	cut: ({ bytes, steps }) =>
		m.record_problem_cut({ bytes: formatCount(bytes), steps: formatCount(steps) }),
	'web-page': () => m.record_problem_web_page(),
	'git-lfs': () => m.record_problem_git_lfs(),
	'not-json': ({ begins }) => m.record_problem_not_json({ begins }),
	syntax: ({ step, detail }) =>
		step === null
			? m.record_problem_syntax({ detail: formatDetail(detail) })
			: m.record_problem_syntax_step({ step: formatCount(step), detail: formatDetail(detail) }),
	other: ({ keys }) => m.record_problem_other({ keys: formatSome(keys) || '–' }),
	several: () => m.record_problem_several(),
	newer: ({ version }) => m.record_problem_newer({ version }),
	'no-version': ({ version }) => m.record_problem_no_version({ version }),
	'no-steps': () => m.record_problem_no_steps(),
	value: ({ path, detail, app: writer }, app) =>
		formatSentences([
			m.record_problem_value({ path: path || '–', detail: formatDetail(detail) }),
			writer !== null && writer !== app ? m.record_problem_value_app({ writer, app }) : ''
		]),
	pictures: ({ files }) => m.record_problem_pictures({ files: formatList(files) }),
	'zip-none': () => m.record_problem_zip_none(),
	'zip-several': ({ files }) => m.record_problem_zip_several({ files: formatSome(files) }),
	'zip-encrypted': () => m.record_problem_zip_encrypted(),
	'zip-method': () => m.record_problem_zip_method(),
	'zip-damaged': ({ detail }) => m.record_problem_zip_damaged({ detail: formatDetail(detail) }),
	'gzip-damaged': ({ bytes, detail }) =>
		m.record_problem_gzip_damaged({ bytes: formatCount(bytes), detail: formatDetail(detail) }),
	failed: ({ detail }) => m.record_problem_failed({ detail: formatDetail(detail) })
};

/** @param app name and version of this app, as records say it */
export const recordProblemText = (problem: RecordProblem, app: string): string =>
	textOf(RECORD_PROBLEMS, problem, app);

const RECORD_WARNINGS: Texts<RecordWarning> = {
	'unknown-fields': ({ paths }) => m.record_warning_unknown({ paths: formatSome(paths) }),
	'beyond-last-step': ({ path, step, last }) =>
		m.record_warning_beyond({ path, step: formatCount(step), last: formatCount(last) }),
	'text-behind': ({ begins }) => m.record_warning_behind({ begins })
};

export const recordWarningText = (warning: RecordWarning): string =>
	textOf(RECORD_WARNINGS, warning);
