import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { historyOf, PRESETS, recordingName, recordingOf, type PresetName } from '$lib/lab';
import { readRecording } from '$lib/lab/record/recording';
import { laneNetwork } from '$lib/lab/experiment/experiment';
import { analyse } from '$lib/network';
import { formatPercent } from '$lib/view/words/format';
import { LESSONS, loadLesson, predictionIn, type Figure } from '../lesson';
import { readOutcome } from '../outcome';
import { axesOf } from './axes';

type LabFigure = Figure & { kind: 'lab' };

/** The experiments of a lesson with what their predictions ask for. */
async function experiments(name: string) {
	const { parts } = await loadLesson(name, 'en');
	return parts.flatMap((part) => {
		if (part.kind !== 'figure' || part.figure.kind !== 'lab') return [];
		return [{ figure: part.figure, outcome: predictionIn(parts, part.scene)?.outcome }];
	});
}

function sheetOf(figure: LabFigure, outcome: Parameters<typeof axesOf>[1]) {
	const experiment = PRESETS[figure.preset as PresetName](figure.depth);
	const recording = recordingOf(figure.preset, figure.depth)!;
	const record = readRecording(
		new Uint8Array(readFileSync(`static/recordings/${recordingName(recording)}.zip`))
	);
	const networks = experiment.lanes.map((lane) => analyse(laneNetwork(lane, record.input)));
	const run = { history: historyOf(record), networks };
	return { axes: axesOf(figure, outcome, experiment, networks), run };
}

describe.each(LESSONS)('the worksheet of %s', (name) => {
	it('has axes for each experiment, and the recorded run has a line on them for each network', async () => {
		for (const { figure, outcome } of await experiments(name)) {
			const { axes, run } = sheetOf(figure, outcome);
			expect(axes.length, figure.preset).toBeGreaterThan(0);
			for (const { title, names, x, y, measured } of axes) {
				const lines = measured(run);
				expect(lines).toHaveLength(names.length);
				for (const ticks of [x, y]) {
					expect(ticks[0].at, title).toBeCloseTo(0);
					expect(ticks[ticks.length - 1].at, title).toBeCloseTo(1);
					expect(new Set(ticks.map(({ text }) => text)).size, title).toBe(ticks.length);
				}
				for (const [i, line] of lines.entries()) {
					expect(line.length, `${figure.preset}, ${title}, ${names[i]}`).toBeGreaterThan(0);
					for (const share of line.flat()) {
						expect(share).toBeGreaterThanOrEqual(0);
						expect(share).toBeLessThanOrEqual(1);
					}
				}
			}
		}
	});
});

it('a line ends at the number that the lesson says', async () => {
	const [{ figure, outcome }] = await experiments('04-degradation');
	const { axes, run } = sheetOf(figure, outcome);
	const ends = axes[0].measured(run).map((line) => formatPercent(line[line.length - 1][1]));
	expect(ends).toEqual(readOutcome(outcome!, run, figure.steps!).texts);
	expect(ends).toContain('64.5%');
});
