// Finds the experiment that a command names: a preset, a link to the lab, or a file.
import { existsSync, readFileSync } from 'node:fs';
import { loadModule } from './load.mjs';

/** @type {typeof import('../src/lib/lab/experiment/presets')} */
const { checkedDepth, isPresetName, OUTCOMES, PRESET_NAMES, PRESETS, USUAL_DEPTH } =
	await loadModule('lab/experiment/presets.ts');
/** @type {typeof import('../src/lib/lab/experiment/schema')} */
const { checkExperiment } = await loadModule('lab/experiment/schema.ts');
/** @type {typeof import('../src/lib/lab/experiment/link')} */
const { readLabLink } = await loadModule('lab/experiment/link.ts');
/** @type {typeof import('../src/lib/lab/experiment/paper')} */
const { PAPER_STEPS, paperExperiment } = await loadModule('lab/experiment/paper.ts');

/** @typedef {import('../src/lib/lab/experiment/experiment').Experiment} Experiment */

export { USUAL_DEPTH };
export const EXPERIMENT_HELP = `  EXPERIMENT       a preset (${PRESET_NAMES.join(', ')}),
                   a link to the lab in quotes, or a JSON file with an experiment or a record`;

/**
 * @param {string} name a preset, a link or a file
 * @param {number | null} depth of a preset
 * @returns {{experiment: Experiment, steps: number}} steps: those after which a preset is judged, those of a record, else 200
 * @throws {Error} saying what was expected
 */
export function findExperiment(name, depth) {
	if (isPresetName(name)) {
		return {
			experiment: PRESETS[name](depth ?? checkedDepth(name)),
			steps: OUTCOMES[name].steps
		};
	}
	const paper = paperExperiment(name);
	if (paper) return { experiment: paper, steps: PAPER_STEPS };
	if (depth !== null) throw new Error('--depth: only a preset takes another depth');
	if (existsSync(name)) {
		const json = JSON.parse(readFileSync(name, 'utf8'));
		return {
			experiment: checkExperiment(json.experiment ?? json),
			steps: json.steps?.length ?? 200
		};
	}
	if (!name.includes('?'))
		throw new Error(
			`${name}: expected a preset (${PRESET_NAMES.join(', ')}), a link to the lab, or a file that exists`
		);
	const { experiment, problems } = readLabLink(name.slice(name.indexOf('?')));
	// What is kept although the settings do not offer it is no reason to stop.
	const [problem] = problems.filter(
		({ code }) => code !== 'unusual-value' && code !== 'unknown-origin'
	);
	if (problem) {
		const { code, ...values } = problem;
		const told = Object.entries(values).map(([name, value]) => `${name}: ${value}`);
		throw new Error(`the link has a problem: ${code} (${told.join('; ')})`);
	}
	return { experiment, steps: 200 };
}
