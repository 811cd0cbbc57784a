/** A run as a table with one row per step and network, for spreadsheets and notebooks. */
import type { Cell } from '$lib/base/csv';
import { max } from 'd3';
import { analyse } from '$lib/network';
import { laneNetwork } from '../experiment/experiment';
import type { RunRecord } from './record';

/**
 * Columns: step, lane (from 0), milliseconds, loss, training_error and test_error (0…1; the latter where it was
 * measured), and the gradient norm of the kernel of every layer, gradient_norm_1 being the one nearest the image.
 */
export function recordTable(record: RunRecord): Cell[][] {
	const layers = record.experiment.lanes.map(
		(lane) => analyse(laneNetwork(lane, record.input)).layers
	);
	const most = max(layers, (own) => own.length) ?? 0;
	const tested = new Map(record.evaluations.map((e) => [`${e.step} ${e.lane}`, e.error]));
	const head = ['step', 'lane', 'milliseconds', 'loss', 'training_error', 'test_error'];
	const norms = Array.from({ length: most }, (_, i) => `gradient_norm_${i + 1}`);
	const rows = record.steps.flatMap(({ step, milliseconds, lanes }) =>
		lanes.flatMap((metrics, lane): Cell[][] => {
			if (!metrics) return [];
			const own = layers[lane].map(({ kernel }) => metrics.gradientNorms[kernel]);
			return [
				[
					step,
					lane,
					// Browsers measure no finer than microseconds.
					Math.round(milliseconds * 1000) / 1000,
					metrics.loss,
					metrics.trainingError,
					tested.get(`${step} ${lane}`) ?? null,
					...own,
					...Array<null>(most - own.length).fill(null)
				]
			];
		})
	);
	return [[...head, ...norms], ...rows];
}
