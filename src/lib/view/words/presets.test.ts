import { readFileSync } from 'node:fs';
import { extent } from 'd3';
import { afterEach, describe, expect, it } from 'vitest';
import {
	apart,
	changeKind,
	changeLane,
	checkedDepth,
	laneNetwork,
	PRESET_INPUT,
	PRESET_NAMES,
	PRESETS,
	stepWork,
	type PresetName,
	type PresetResult
} from '$lib/lab';
import { analyse } from '$lib/network';
import { overwriteGetLocale } from '$lib/paraglide/runtime';
import { presetHint, presetTime } from './presets';
import { formatCount, formatFixed, formatNorm, formatPercent } from './format';

afterEach(() => overwriteGetLocale(() => 'en'));

const checked = JSON.parse(readFileSync('docs/presets.json', 'utf8')) as {
	presets: Record<
		PresetName,
		{ runs: { seed: number; ours: PresetResult[]; pytorch: PresetResult[] | null }[] }
	>;
};

/** Of a preset's checked runs, in the app and in PyTorch: the least and the largest reading of a lane. */
function rangeOf(preset: PresetName, read: (lanes: PresetResult[]) => (number | null)[]) {
	const runs = checked.presets[preset].runs.flatMap(({ ours, pytorch }) =>
		pytorch ? [ours, pytorch] : [ours]
	);
	const [least, largest] = extent(runs.flatMap(read).filter((value) => value !== null));
	return { least: least ?? NaN, largest: largest ?? NaN };
}
/** `26–27%`, as the hints have it. */
function percents({ least, largest }: ReturnType<typeof rangeOf>): string {
	const [from, to] = [least, largest].map((share) => formatPercent(share, 0));
	return from === to ? from : `${from.replace('%', '')}–${to}`;
}
const errors = (preset: PresetName, lane: number) =>
	percents(rangeOf(preset, (lanes) => [lanes[lane].error]));
const allErrors = (preset: PresetName) => [0, 1, 2, 3].map((lane) => errors(preset, lane));
const parameters = (preset: PresetName, ...lanes: number[]) =>
	lanes.map((lane) => {
		const network = laneNetwork(PRESETS[preset](checkedDepth(preset)).lanes[lane], PRESET_INPUT);
		return formatCount(analyse(network).parameterCount);
	});
const largestFirst = (preset: PresetName, lane: number) =>
	formatNorm(rangeOf(preset, (lanes) => [lanes[lane].first]).largest);
/** Mean of the ten steps that end with a step. */
const around = (lane: number, step: number) =>
	percents(rangeOf('switching', (lanes) => [lanes[lane].trace[step / 10 - 1]]));

/** How far a plain network and its twin, one rounding away, come apart: `6–28`, in points. */
function furthest(): string {
	const { least, largest } = rangeOf('rounding', ([one, twin]) => [apart(one, twin)]);
	return [least, largest].map((share) => formatFixed(100 * share, 0)).join('–');
}
/** The most by which residual twins differ after the last step, in points. */
function mostAtTheEnd(): string {
	const { largest } = rangeOf('rounding', ([, , one, twin]) => [
		Math.abs(one.error! - twin.error!)
	]);
	return formatFixed(100 * largest, 1);
}

/** Blocks put aside: `4–5`. */
function asideBlocks(lane: number): string {
	const { least, largest } = rangeOf('ignored', (lanes) => [lanes[lane].aside!.blocks]);
	return least === largest ? String(least) : `${least}–${largest}`;
}

/** The figures that each hint quotes. */
const QUOTED: Record<PresetName, () => readonly string[]> = {
	degradation: () => [0, 1].map((lane) => errors('degradation', lane)),
	depths: () => [0, 1, 2, 3].map((lane) => errors('depths', lane)),
	rounding: () => [furthest(), mostAtTheEnd()],
	road: () => [...allErrors('road'), ...parameters('road', 2, 3)],
	'road-norm': () => allErrors('road-norm'),
	successors: () => [...allErrors('successors'), ...parameters('successors', 1, 2)],
	vanishing: () => [0, 1].map((lane) => largestFirst('vanishing', lane)),
	exploding: () => {
		const { least, largest } = rangeOf('exploding', (lanes) =>
			lanes.flatMap(({ first, last }) => [first, last])
		);
		return [least, largest].map(formatNorm);
	},
	'rescue-relu': () => [0, 1].map((lane) => errors('rescue-relu', lane)),
	'rescue-init': () => [
		largestFirst('rescue-init', 0),
		...[0, 1].map((lane) => errors('rescue-init', lane))
	],
	'rescue-norm': () => [errors('rescue-norm', 1)],
	'rescue-pretraining': () => [0, 1].map((lane) => errors('rescue-pretraining', lane)),
	'zero-residual': () => [0, 1].map((lane) => errors('zero-residual', lane)),
	switching: () => [around(1, 100), around(1, 110), around(1, 200), around(0, 200)],
	lesion: () => [0, 1].map((lane) => percents(rangeOf('lesion', (lanes) => [lanes[lane].lesion]))),
	ignored: () => [
		...[0, 1].map((lane) => asideBlocks(lane)),
		...[0, 1].map((lane) => percents(rangeOf('ignored', (lanes) => [lanes[lane].aside!.whole]))),
		percents(rangeOf('ignored', (lanes) => [lanes[1].aside!.without])),
		formatFixed(
			100 *
				rangeOf('ignored', ([, { aside }]) => [Math.abs(aside!.without - aside!.whole)]).largest,
			1
		)
	],
	landscape: () => []
};

it('no hint is given for networks of other kinds than the preset’s', () => {
	const changed = changeKind(PRESETS.degradation(20), 1, 'se-mini');
	expect(presetHint(changed)).toBe('');
	expect(presetTime(changed, null)).toBe('');
	expect(presetHint(changeLane(PRESETS.degradation(20), 1, { depth: 56 }))).not.toBe('');
});

describe.each(['en', 'zh'] as const)('the hints in %s', (locale) => {
	it.each(PRESET_NAMES)('%s: quotes the figures of the checked runs', (preset) => {
		overwriteGetLocale(() => locale);
		for (const figure of QUOTED[preset]())
			expect(presetHint(PRESETS[preset](checkedDepth(preset)))).toContain(figure);
	});
});

it('with nine of ten seeds the deep residual network stays close to the shallow one, as the hint of depths says', () => {
	for (const engine of ['ours', 'pytorch'] as const) {
		const late = checked.presets.depths.runs.filter(
			(run) => run[engine]![3].error! - run[engine]![2].error! > 0.06
		);
		expect(late.map(({ seed }) => seed)).toEqual([7]);
	}
});

it('pre-training helps with nine of ten seeds, and without it seven are still guessing, as its hint says', () => {
	const { runs } = checked.presets['rescue-pretraining'];
	for (const [engine, guessing] of [
		['ours', 7],
		['pytorch', 6]
	] as const) {
		const results = runs.map((run) => run[engine]!);
		expect(results.filter(([random]) => random.error! > 0.85)).toHaveLength(guessing);
		expect(results.filter(([, pretrained]) => pretrained.error! < 0.7)).toHaveLength(9);
	}
});

it('numbers overflow in the second or third step, but for one plain network in PyTorch, as the hints say', () => {
	for (const preset of ['exploding', 'rescue-norm'] as const) {
		expect(rangeOf(preset, ([{ stopped }]) => [stopped])).toEqual({ least: 2, largest: 3 });
		const { runs } = checked.presets[preset];
		expect(runs.filter(({ ours: [plain] }) => plain.stopped === null)).toEqual([]);
		const whole = runs
			.flatMap(({ pytorch }) => pytorch!.filter((_, lane) => lane === 0 || preset === 'exploding'))
			.filter(({ stopped }) => stopped === null);
		expect(whole).toHaveLength(1);
		expect(whole[0].error).toBeGreaterThan(0.85);
	}
});

it('gradients at the start are as small as the hint of ReLU and He says', () => {
	const ratio = (lane: number) =>
		rangeOf('rescue-relu', (lanes) => [lanes[lane].first / lanes[lane].last]);
	expect(ratio(0).largest).toBeLessThan(1e-7);
	expect(ratio(1).least).toBeGreaterThan(0.01);
	expect(ratio(1).largest).toBeLessThan(100);
});

it('the gap between plain and residual grows with depth, as the hint of degradation says', () => {
	const gap = (preset: PresetName, plain: number, residual: number) =>
		rangeOf(preset, (lanes) => [lanes[plain].error! - lanes[residual].error!]);
	expect(gap('depths', 1, 3).least).toBeGreaterThan(gap('degradation', 0, 1).largest);
});

describe('how long a preset takes', () => {
	it('is told of the networks and the machine at hand', () => {
		const pace = { work: stepWork(PRESETS.degradation(56)), milliseconds: 411 };
		expect(presetTime(PRESETS.degradation(56), pace)).toContain('150 steps, about 62 sec on this');
		expect(presetTime(PRESETS.degradation(20), pace)).toContain('150 steps, about 21 sec on this');
	});

	it('before any is measured, of the machine of the recordings at the same depth', () => {
		expect(presetTime(PRESETS.degradation(56), null)).toContain('about 15 sec on two CPU cores');
		expect(presetTime(PRESETS.degradation(20), null)).toContain('about 5 sec on two CPU cores');
	});

	it('is told of presets alone', () => {
		expect(presetTime({ ...PRESETS.degradation(20), preset: 'own' }, null)).toBe('');
	});
});
