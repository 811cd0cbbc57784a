/** The reader's prediction on the charts: what is drawn, and how strokes change it. */
import {
	filled,
	isPresetName,
	nothingDrawn,
	OUTCOMES,
	PREDICTED_PARTS,
	withStroke,
	type DrawnLane,
	type Experiment,
	type Prediction,
	type StrokePoint
} from '$lib/lab';
import { laneColour } from './colours';
import type { Lab, ShownRun } from './context.svelte';

/** Steps of a predicted curve where no preset says when it is judged. */
const USUAL_STEPS = 200;

/** Whether a prediction can be begun: before the first step, of a run that is not a record. */
export const canPredict = (lab: Lab): boolean =>
	lab.step === 0 &&
	!isDrawing(lab) &&
	!lab.session.replayed &&
	(lab.session.status === 'ready' || lab.session.status === 'replay');

export const isDrawing = ({ drawing, session }: Lab): boolean =>
	drawing !== null && session.prediction !== null;

/** The step at which an experiment is compared with what was expected of it. */
export const judgedAt = ({ preset }: Pick<Experiment, 'preset'>): number =>
	isPresetName(preset) ? OUTCOMES[preset].steps : USUAL_STEPS;

/**
 * Begins to draw, or to change what is drawn.
 * @param steps at which new curves end
 */
export function beginDrawing(
	lab: Lab,
	{ experiment }: Pick<ShownRun, 'experiment'>,
	steps = judgedAt(experiment)
): void {
	lab.session.prediction ??= nothingDrawn(experiment.lanes.length, steps);
	lab.drawing = 0;
}

function change({ session }: Lab, lane: number, of: (drawn: DrawnLane) => Partial<DrawnLane>) {
	const { prediction } = session;
	if (!prediction) return;
	const lanes = prediction.lanes.map((own, i) => (i === lane ? { ...own, ...of(own) } : own));
	session.prediction = { ...prediction, lanes };
}

/** The drawn curves of the training error. */
export const drawnErrors = ({ prediction }: Lab['session']) =>
	(prediction?.lanes ?? []).flatMap(({ error }, lane) =>
		error && prediction
			? [{ colour: laneColour(lane), steps: prediction.steps, values: filled(error) }]
			: []
	);

/** The drawing of the chosen network's training error; null while none is drawn. */
export function errorDrawing(lab: Lab, { names }: Pick<ShownRun, 'names'>) {
	const { drawing: lane, session } = lab;
	const { prediction } = session;
	if (lane === null || !prediction) return null;
	const { steps } = prediction;
	const part = (step: number) => (step * PREDICTED_PARTS) / steps;
	const point = ({ step, value }: { step: number; value: number }): StrokePoint => ({
		at: part(step),
		value
	});
	return {
		name: names[lane],
		steps,
		stride: steps / PREDICTED_PARTS,
		at: (step: number) => prediction.lanes[lane]?.error?.[Math.round(part(step))] ?? null,
		onStroke: (from: { step: number; value: number }, to: { step: number; value: number }) =>
			change(lab, lane, ({ error }) => ({
				error: withStroke(error, PREDICTED_PARTS + 1, point(from), point(to))
			}))
	};
}

/** The drawing of a network's gradient norms. */
export const profileDrawing = (lab: Lab, lane: number, count: number) => ({
	count,
	onStroke: (from: StrokePoint, to: StrokePoint) =>
		change(lab, lane, ({ gradient }) => ({ gradient: withStroke(gradient, count, from, to) }))
});

/** Whether the reader's answer is still to come, so that nothing may tell the outcome. */
export const isOpen = (prediction: Prediction | null): boolean =>
	prediction !== null &&
	prediction.seen === null &&
	prediction.lanes.length > 1 &&
	prediction.lanes.some(({ error }) => error);
