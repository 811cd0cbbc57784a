import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { analyse } from '$lib/network';
import { laneNetwork } from '../experiment/experiment';
import type { PresetName } from '../experiment/presets';
import { recordingName, RECORDINGS } from '../experiment/recordings';
import { historyOf } from '../record/history';
import { readRecording } from '../record/recording';
import { findingsOf, type Finding } from './findings';

type Expected = Partial<Finding> & Pick<Finding, 'kind'>;

/** What the recording of each preset must be found to show at its end, the first of them before all else. */
const SHOWN: Readonly<Record<PresetName, readonly Expected[]>> = {
	degradation: [{ kind: 'shortcuts', lane: 1, other: 0 }],
	depths: [
		{ kind: 'degradation', lane: 1, other: 0 },
		{ kind: 'shortcuts', lane: 3, other: 1 }
	],
	rounding: [
		{ kind: 'rounding', lane: 1, other: 0 },
		{ kind: 'rounding', lane: 3, other: 2 }
	],
	road: [{ kind: 'lowest', lane: 3 }],
	'road-norm': [
		{ kind: 'rescued', lane: 3, other: 2, by: ['norm'] },
		{ kind: 'remedy', lane: 1, other: 0, by: 'norm' }
	],
	successors: [{ kind: 'lowest', lane: 2 }],
	vanishing: [
		{ kind: 'vanished', lane: 0 },
		{ kind: 'vanished', lane: 1 }
	],
	exploding: [
		{ kind: 'exploded', lane: 0 },
		{ kind: 'exploded', lane: 1 }
	],
	'rescue-relu': [
		{ kind: 'rescued', lane: 1, other: 0, by: ['activation', 'initialisation'] },
		{ kind: 'vanished', lane: 0 }
	],
	'rescue-init': [
		{ kind: 'rescued', lane: 1, other: 0, by: ['initialisation'] },
		{ kind: 'dead', lane: 0 }
	],
	'rescue-norm': [
		{ kind: 'rescued', lane: 1, other: 0, by: ['norm'], otherError: null },
		{ kind: 'exploded', lane: 0 }
	],
	'rescue-pretraining': [{ kind: 'pretrained', lane: 1, other: 0 }],
	'zero-residual': [
		{ kind: 'rescued', lane: 1, other: 0, by: ['initialisation'] },
		{ kind: 'dead', lane: 0 }
	],
	switching: [
		{ kind: 'change', lane: 1, step: 150, changed: { kind: 'restored', count: 9, of: 9 } },
		{
			kind: 'change',
			lane: 1,
			step: 100,
			changed: { kind: 'cut', count: 9, of: 9 }
		}
	],
	lesion: [
		{ kind: 'lesion', lane: 0 },
		{ kind: 'lesion', lane: 1 }
	],
	ignored: [
		{ kind: 'ignored', lane: 1 },
		{ kind: 'lesion', lane: 0 }
	],
	landscape: [
		{ kind: 'landscape', lane: 0 },
		{ kind: 'landscape', lane: 1 }
	]
};

function foundIn(name: string, step?: number) {
	const record = readRecording(new Uint8Array(readFileSync(`static/recordings/${name}.zip`)));
	const networks = record.experiment.lanes.map((lane) => analyse(laneNetwork(lane, record.input)));
	return findingsOf(historyOf(record), networks, record.experiment, step);
}

describe('what is found in the recording of a preset', () => {
	it('is asked of every preset', () => {
		expect(new Set(RECORDINGS.map(({ preset }) => preset))).toEqual(new Set(Object.keys(SHOWN)));
	});

	it.each(RECORDINGS.map((each) => [recordingName(each), each.preset] as const))(
		'%s: its own event or outcome, before all else',
		(name, preset) => {
			const found = foundIn(name);
			for (const expected of SHOWN[preset])
				expect(found).toContainEqual(expect.objectContaining(expected));
			expect(found[0]).toMatchObject(SHOWN[preset][0]);
		}
	);
});

it('cut shortcuts are told with the errors before, after and later, beside the network left alone', () => {
	const [restored, cut] = foundIn('switching-20').filter(({ kind }) => kind === 'change');
	const percent = (share: number) => expect.closeTo(share / 100, 3);
	expect(cut).toMatchObject({
		training: {
			before: percent(24.0),
			after: percent(53.0),
			effect: 'rose',
			later: { step: 150, error: percent(30.3) }
		},
		whole: null,
		twin: { lane: 0, error: percent(22.3) }
	});
	expect(restored).toMatchObject({
		training: {
			before: percent(30.3),
			after: percent(33.7),
			effect: 'none',
			later: { step: 200, error: percent(23.3) }
		},
		whole: percent(24.0),
		twin: { lane: 0, error: percent(17.3) }
	});
});

it('a film tells nothing that has not happened yet', () => {
	const changes = (step: number) =>
		foundIn('switching-20', step).filter(({ kind }) => kind === 'change');
	expect(changes(100)).toEqual([]);
	expect(changes(120)).toMatchObject([{ step: 100, training: { later: null } }]);
	expect(changes(140)).toMatchObject([{ step: 100, training: { later: { step: 140 } } }]);
});
