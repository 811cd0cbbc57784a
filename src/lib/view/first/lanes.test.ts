import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { historyOf } from '$lib/lab';
import { readRecording } from '$lib/lab/record/recording';
import { SMOOTHING } from '../charts/curves';
import { HOLD, LAST, SHOWN } from './lanes';

it('the film gives the answer at its end, and not where it waits for one', () => {
	const file = readFileSync('static/recordings/depths-56.zip');
	const history = historyOf(readRecording(new Uint8Array(file)));
	const ahead = (step: number) => {
		const [plain, residual] = SHOWN.map((lane) =>
			history.recent(lane, 'trainingError', SMOOTHING, step)
		);
		return plain - residual;
	};
	for (let step = 1; step <= HOLD; step++) expect(Math.abs(ahead(step))).toBeLessThan(0.04);
	expect(ahead(LAST)).toBeGreaterThan(0.3);
});
