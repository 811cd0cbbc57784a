/** Explains why a photograph got no answer, and what the reader can do. */
import type { ClassifyProblem } from '$lib/classify';
import { WeightsError } from '$lib/export/reading/problems';
import { m } from '$lib/paraglide/messages';
import { formatBytes, formatCount, formatDetail } from './format';
import { importProblemText } from './images';
import { textOf, type Texts } from './texts';
import { weightsRefusedText } from './weights';

/** Pixels in a million. */
const MEGA = 1e6;

const PROBLEMS: Texts<ClassifyProblem, [network: string]> = {
	weights: ({ file, problem }, name) => weightsRefusedText(file, name, new WeightsError(problem)),
	'no-picture': ({ file, kind }) =>
		kind
			? importProblemText({ code: 'not-images', file, kind })
			: m.photo_problem_no_picture({ file }),
	'damaged-picture': ({ file, detail }) =>
		m.photo_problem_damaged({ file, detail: formatDetail(detail) }),
	'large-picture': ({ width, height, most }) =>
		m.photo_problem_large({ width, height, most: formatCount(most / MEGA) }),
	'too-large': ({ needed, most }, name) =>
		m.photo_problem_too_large({ name, needed: formatBytes(needed), most: formatBytes(most) }),
	memory: ({ needed }, name) => m.photo_problem_memory({ name, needed: formatBytes(needed) }),
	'not-finite': () => m.photo_problem_not_finite(),
	worker: ({ detail }) => m.photo_problem_worker({ detail: formatDetail(detail) }),
	failed: ({ detail }) => m.photo_problem_failed({ detail: formatDetail(detail) })
};

/** @param name the network's name */
export const classifyProblemText = (problem: ClassifyProblem, name: string): string =>
	textOf(PROBLEMS, problem, name);
