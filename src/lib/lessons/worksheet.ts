/** The worksheet of a lesson: its questions in order, each with blank axes where readers can draw what they expect. */
import { isPresetName, laneNetwork, PRESET_INPUT, PRESETS, type Experiment } from '$lib/lab';
import { analyse } from '$lib/network';
import type { Figure, Lesson, Part } from './lesson';
import { ofLesions } from './outcome';

type LabFigure = Figure & { kind: 'lab' };

/** Axes to draw on, of one experiment. */
export interface Axes {
	readonly figure: LabFigure;
	readonly experiment: Experiment;
	/** Across: the steps of the run, the layers of the deepest network, or the blocks that can be removed. */
	readonly across: 'steps' | 'layers' | 'blocks';
	/** How many there are. */
	readonly count: number;
}

export interface WorksheetQuestion {
	readonly part: Part & { kind: 'predict' | 'check' };
	readonly axes: Axes | null;
}

export function worksheetOf({ parts }: Lesson): WorksheetQuestion[] {
	return parts.flatMap((part) => {
		if (part.kind !== 'predict' && part.kind !== 'check') return [];
		const beside = parts.find(
			(other) =>
				other.kind === 'figure' && other.scene === part.scene && other.figure.kind === 'lab'
		);
		const figure = beside?.kind === 'figure' && beside.figure.kind === 'lab' ? beside.figure : null;
		return [{ part, axes: part.kind === 'predict' && figure ? axesOf(part, figure) : null }];
	});
}

function axesOf({ outcome }: Part & { kind: 'predict' }, figure: LabFigure): Axes | null {
	const { preset, depth, steps = 0 } = figure;
	if (!outcome || !isPresetName(preset)) return null;
	const experiment: Experiment = PRESETS[preset](depth);
	if (outcome === 'training-error') return { figure, experiment, across: 'steps', count: steps };
	const networks = experiment.lanes.map((lane) => analyse(laneNetwork(lane, PRESET_INPUT)));
	return ofLesions(outcome)
		? {
				...{ figure, experiment, across: 'blocks' },
				count: Math.max(...networks.map(({ blocks }) => blocks.length))
			}
		: {
				...{ figure, experiment, across: 'layers' },
				count: Math.max(...networks.map(({ layers }) => layers.length))
			};
}
