/**
 * Checks numbers in the lessons: computes each from a run, a table or a network and looks for it in the texts of every
 * language. A number that is not accounted for fails, so that none can go stale.
 */
import { readFileSync } from 'node:fs';
import { extent, median } from 'd3';
import { describe, expect, it } from 'vitest';
import {
	asideOf,
	carriedByLength,
	depthOf,
	FINDING_THRESHOLDS,
	FINDING_WINDOW,
	historyOf,
	laneKind,
	readLabLink,
	sameExperiment,
	NOISES,
	noiseCorrelation,
	PAIR_KINDS,
	PRESET_INPUT,
	PRESETS,
	recordingName,
	RECORDINGS,
	sameValues,
	sweepCells,
	type Experiment,
	type History,
	type LabLink,
	type Noise,
	type PairKind,
	type PathLengths,
	type PresetName,
	type PresetResult,
	type RunRecord,
	type SweepCell,
	type SweepMeasure,
	type SweepPoint,
	type SweepRecord
} from '$lib/lab';
import { readRecording } from '$lib/lab/record/recording';
import { laneNetwork } from '$lib/lab/experiment/experiment';
import { sweepExperiment } from '$lib/lab/experiment/sweep';
import { analyse, networkOf, parseName, PUBLISHED } from '$lib/network';
import { locales, type Locale } from '$lib/paraglide/runtime';
import { formatCount } from '$lib/view/words/format';
import { LESSONS, loadLesson, type Lesson } from './lesson';
import { readOutcome } from './outcome';

const records = new Map<string, RunRecord>();
function record(name: string): RunRecord {
	const known =
		records.get(name) ??
		readRecording(new Uint8Array(readFileSync(`static/recordings/${name}.zip`)));
	records.set(name, known);
	return known;
}
const history = (name: string): History => historyOf(record(name));
const error = (name: string, lane: number, step: number) =>
	history(name).recent(lane, 'trainingError', FINDING_WINDOW, step);
const laneOf = (name: string, lane: number) => {
	const { experiment, input } = record(name);
	return analyse(laneNetwork(experiment.lanes[lane], input));
};
/** Norm of a layer's kernel or of its gradient; negative indices count from the end. */
function norm(
	name: string,
	lane: number,
	layer: number,
	step = 1,
	of: 'gradientNorms' | 'weightNorms' = 'gradientNorms'
): number {
	const { layers } = laneOf(name, lane);
	const index = (layers.length + layer) % layers.length;
	// Gradient norms are listed by parameter, weight norms by layer.
	const at = of === 'gradientNorms' ? layers[index].kernel : index;
	return history(name).at(lane, step)!.lanes[lane]![of][at];
}
const ratio = (name: string, lane: number) => norm(name, lane, 0) / norm(name, lane, -1);
const lesion = (lane: number) => {
	const { whole, without } = history('lesion-20').results.lesion.find((one) => one.lane === lane)!;
	const errors = without.filter((value) => value !== null);
	return { whole, least: Math.min(...errors), most: Math.max(...errors), first: without[0]! };
};
const ignored = (lane: number) =>
	asideOf(history('ignored-20').results.lesion.find((one) => one.lane === lane)!)!;
/** Share of a plane on which the loss is below that of guessing among ten classes. */
function below(name: string, lane: number): number {
	const losses = history(name)
		.results.landscape.find((one) => one.lane === lane)!
		.losses.flat();
	return losses.filter((loss) => loss < Math.log(10)).length / losses.length;
}
const network = (name: string) => analyse(networkOf(parseName(name)));
function dense(name: string): number {
	const { network: described, layers } = network(name);
	const ids = new Set(described.nodes.flatMap(({ id, type }) => (type === 'dense' ? [id] : [])));
	return layers.reduce(
		(sum, { id, parameterCount }) => sum + (ids.has(id) ? parameterCount : 0),
		0
	);
}
const checks = JSON.parse(readFileSync('docs/presets.json', 'utf8')) as {
	presets: Record<PresetName, { runs: { ours: PresetResult[]; pytorch: PresetResult[] | null }[] }>;
};
/** Results of a preset with every seed, in the app and in PyTorch. */
const checked = (preset: PresetName) =>
	checks.presets[preset].runs.flatMap(({ ours, pytorch }) => (pytorch ? [ours, pytorch] : [ours]));
/** How the gradient spreads over paths, measured with several seeds. */
interface Followed {
	readonly norms: PathLengths['norms'];
}
const followed = JSON.parse(readFileSync('docs/paths.json', 'utf8')) as {
	runs: (Followed & { pytorch: Followed })[];
};
/** The same with every seed, in the app and in PyTorch. */
const followedTwice = followed.runs.flatMap((run) => [run, run.pytorch]);
/** Share of all paths' gradient norms that those through at most 4 branches carry. */
const byShortPaths = followedTwice.map(
	({ norms }) => carriedByLength({ seed: 1, samples: 30, norms })[4].upTo
);
/** Autocorrelation of gradients along a line, by network and lag, measured with several seeds. */
const shattered = JSON.parse(readFileSync('docs/shattered.json', 'utf8')) as {
	experiment: Experiment;
	points: number;
	noise: Record<Noise, { correlation: number[] }>;
	runs: (Shattered & { depth: number; seed: number; step: number; pytorch: Shattered })[];
};
interface Kind {
	readonly kind: 'plain' | 'residual';
	readonly norm: 'batch' | 'none';
	readonly correlation: readonly number[];
	readonly half: number;
}
interface Shattered {
	readonly networks: readonly Kind[];
}
const ENGINES = ['ours', 'pytorch'] as const;
type Engine = (typeof ENGINES)[number];
/** The autocorrelation of neighbouring gradients with each seed, in the app or in PyTorch. */
const neighbours = (
	kind: Kind['kind'],
	norm: Kind['norm'],
	depth: number,
	step = 0,
	by: Engine = 'ours'
): number[] =>
	shattered.runs
		.filter((run) => run.depth === depth && run.step === step)
		.map((run) => {
			const { networks } = by === 'ours' ? run : run.pytorch;
			return networks.find((one) => one.kind === kind && one.norm === norm)!.correlation[1];
		});
interface Block {
	readonly shortcut: number;
	readonly branch: number;
}
const blockNorms = JSON.parse(readFileSync('docs/terms.json', 'utf8')) as {
	runs: { terms: Block[]; pytorch: { terms: Block[] } }[];
};
/** By seed, in the app and in PyTorch: the norm of F(x) as a multiple of that of x in every block of a trained network. */
const branchShares = blockNorms.runs
	.flatMap(({ terms, pytorch }) => [terms, pytorch.terms])
	.map((terms) => terms.map(({ shortcut, branch }) => branch / shortcut));
interface Deep {
	readonly networks: readonly { error: number; first: number; last: number }[];
}
const deepNetworks = JSON.parse(readFileSync('docs/deep.json', 'utf8')) as {
	runs: (Deep & { pytorch: Deep })[];
};
/** By seed, in the app and in PyTorch: what plain-110 (lane 0) or residual-110 has at step 50, or at its first step. */
const deep = (lane: number, what: keyof Deep['networks'][number]) =>
	deepNetworks.runs
		.flatMap((run) => [run, run.pytorch])
		.map(({ networks }) => networks[lane][what]);
/** Errors over depth and width, with several seeds. */
const mapped = JSON.parse(readFileSync('docs/depth-width.json', 'utf8')) as Omit<
	SweepRecord,
	'points'
> & {
	points: (SweepPoint & { pytorch: Pick<SweepPoint, SweepMeasure & keyof SweepPoint> })[];
};
/** The values of both settings of the map. */
const [DEPTHS, WIDTHS] = mapped.spec.axes.map(({ values }) => values);
const cellsOf = (kind: PairKind, measure: SweepMeasure, by: Engine = 'ours') => {
	const points =
		by === 'ours' ? mapped.points : mapped.points.map((point) => ({ ...point, ...point.pytorch }));
	return sweepCells(mapped.spec.axes, points, kind, measure);
};
const cellOf = (kind: PairKind, depth: number, width: number, measure: SweepMeasure, by?: Engine) =>
	cellsOf(kind, measure, by).find(({ values }) => sameValues(values, [depth, width]))!;
const errorOf = (kind: PairKind, depth: number, width: number, by?: Engine) =>
	cellOf(kind, depth, width, 'trainingError', by);
/** The plain networks whose gaps are the largest, in the app and in PyTorch. */
const WIDE_APART: Record<Engine, (cell: SweepCell) => boolean> = {
	ours: ({ values: [depth, width] }) => depth > 8 && width === 4,
	pytorch: ({ values: [depth] }) => depth === 32
};
/** Their mean gaps, from the least to the largest, and the largest of all others. */
const gapsIn = (by: Engine) => {
	const plain = cellsOf('plain', 'gap', by);
	const own = plain.filter(WIDE_APART[by]).map(({ mean }) => mean);
	const others = [
		...plain.filter((cell) => !WIDE_APART[by](cell)),
		...cellsOf('residual', 'gap', by)
	];
	return [Math.min(...own), Math.max(...own), Math.max(...others.map(({ mean }) => mean))] as const;
};
const hundredths = (value: number) => value.toFixed(2).replace('-', '−');
/** The least and the largest autocorrelation of plain networks of 56 layers after training, here and in PyTorch. */
const deepPlain = extent(ENGINES.flatMap((by) => neighbours('plain', 'batch', 56, 100, by))).map(
	(value) => hundredths(value!)
);
const plain56 = checked('depths').map((lanes) => lanes[1].error!);

/** By how much the best of AlexNet, VGG and GoogLeNet lies above the residual network; the least of all checked runs. */
const roadGap = Math.min(
	...checked('road').flatMap((lanes) =>
		[0, 1, 2].map((lane) => lanes[lane].error! - lanes[3].error!)
	)
);
/** The same in the recorded run. */
const lead = (step: number) =>
	Math.min(...[0, 1, 2].map((lane) => error('road-20', lane, step))) - error('road-20', 3, step);

const points = (difference: number) => (100 * difference).toFixed(1);
const percent = (share: number, digits = 1) => `${(100 * share).toFixed(digits)}%`;
const power = (value: number) => Math.round(Math.log10(value));
const scientific = (value: number) => {
	const [digits, exponent] = value.toExponential(0).split('e');
	const raised = String(Number(exponent)).replace(/./g, (c) =>
		c === '-' ? '⁻' : '⁰¹²³⁴⁵⁶⁷⁸⁹'[+c]
	);
	return `${digits} × 10${raised}`;
};
const millions = (count: number, digits = 1) => (count / 1e6).toFixed(digits);
/** A count in Chinese units: 万 (ten thousand), or 亿 from a hundred million on. */
const wan = (count: number, digits = 0) =>
	count < 1e8
		? `${Number((count / 1e4).toPrecision(digits || 3))} 万`
		: `${(count / 1e8).toFixed(3)} 亿`;
/** A published figure in per cent. */
const top = (name: string, which: 'top1' | 'top5' | 'cifar') =>
	`${PUBLISHED[name][which]!.toFixed(2)}%`;

const count = (name: string) => network(name).parameterCount;
/** A number that a lesson states, per language if they write it differently. */
type Claim = string | { en: string; zh: string };
const CLAIMS: Record<string, () => Claim[]> = {
	'01-depth': () => [
		...['alexnet', 'vgg-19', 'googlenet'].map((name) => ({
			en: `${millions(count(name))} million`,
			zh: { alexnet: '6110 万', 'vgg-19': '1.437 亿', googlenet: '700 万' }[name]!
		})),
		percent(dense('alexnet') / count('alexnet'), 0),
		percent(dense('vgg-19') / count('vgg-19'), 0),
		...['plain-34', 'vgg-16', 'googlenet'].map((name) => top(name, 'top5'))
	],
	'02-gradients': () => [],
	'03-remedies': () => [
		'90%',
		percent(error('rescue-pretraining-19', 1, 300)),
		...[300, 800].map((step) => percent(error('rescue-pretraining-19', 0, step)))
	],
	'04-degradation': () => [
		percent(error('depths-56', 1, 100)),
		percent(error('depths-56', 0, 100)),
		percent(error('depths-56', 3, 100)),
		percent(Math.min(...plain56), 0),
		percent(Math.max(...plain56), 0),
		...[0, 1, 2, 3].map((lane) => percent(error('rounding-56', lane, 200))),
		...[0, 1].map((lane) => checks.presets.rounding.runs[0].ours[lane].first.toFixed(0)),
		checks.presets.rounding.runs[0].pytorch![0].first.toFixed(0),
		...['plain-18', 'plain-34', 'resnet-18'].map((name) => top(name, 'top1')),
		OPTION_A,
		...NOISES.map((noise) => hundredths(shattered.noise[noise].correlation[1])),
		...[
			[20, 150],
			[56, 100]
		].flatMap(([depth, step]): Claim[] => {
			const [ours, theirs] = ENGINES.map((by) =>
				(['plain', 'residual'] as const).map((kind) =>
					hundredths(median(neighbours(kind, 'batch', depth, step, by))!)
				)
			);
			return [
				...ours,
				{
					en: `in PyTorch ${theirs.join(' and ')}`,
					zh: `PyTorch 得到的是 ${theirs.join(' 和 ')}`
				}
			];
		}),
		{
			en: `between ${deepPlain.join(' and ')}`,
			zh: `在 ${deepPlain.join(' 到 ')} 之间`
		}
	],
	'05-residual': () =>
		[branchShares.map(([first]) => first), branchShares.flatMap(([, ...others]) => others)].map(
			(shares) => {
				const [least, most] = extent(shares).map((share) => share!.toFixed(1));
				return { en: `between ${least} and ${most} times`, zh: `${least} 到 ${most} 倍` };
			}
		),
	'06-identity': () => [
		...[0, 1].flatMap((lane) => {
			const { whole, least, most } = lesion(lane);
			return [whole, least, most].map((share) => percent(share));
		}),
		percent(Math.min(...byShortPaths)),
		percent(Math.max(...byShortPaths)),
		...[ignored(0).whole, ignored(1).whole, ignored(1).without].map((share) => percent(share)),
		...['landscape-20', 'landscape-56'].flatMap((name) =>
			[0, 1].map((lane) => percent(below(name, lane)))
		)
	],
	'07-how-far': () => [
		{
			en: `${(network('resnet-152').macs / 1e9).toFixed(1)} against ${(network('vgg-19').macs / 1e9).toFixed(1)} billion`,
			zh: `${Math.round(network('resnet-152').macs / 1e8)} 亿对 ${Math.round(network('vgg-19').macs / 1e8)} 亿`
		},
		...[20, 56, 110, 1202].flatMap((depth): Claim[] => {
			const name = `cifar-resnet-${depth}`;
			const own = count(name);
			return [
				top(name, 'cifar'),
				{
					en: `${millions(own, own < 1e6 ? 2 : 1)} M`,
					zh: wan(own, own < 1e6 ? 2 : own < 1e7 ? 2 : 3)
				}
			];
		}),
		{ en: `${millions(count('cifar-resnet-1202'))} million`, zh: wan(count('cifar-resnet-1202')) },
		// CIFAR-10's training images, and the paper's training error.
		{ en: '50,000', zh: '5 万' },
		'0.1%',
		percent(error('degradation-110', 0, 2000), 0),
		percent(error('degradation-110', 1, 2000), 0),
		...[0, 1].flatMap((lane) => extent(deep(lane, 'error')).map((share) => percent(share!, 0))),
		...extent(deep(0, 'first')).map((norm) => scientific(norm!)),
		{ en: formatCount(shipped.splits.train.count), zh: wan(shipped.splits.train.count) },
		...(['least', 'largest'] as const).map((end) =>
			percent(cellOf('plain', 14, 4, 'testError')[end])
		)
	],
	'08-recipe': () => [
		'80%',
		scientific(ratio('vanishing-20', 1)),
		scientific(ratio('vanishing-20', 0))
	],
	'09-results': () => [
		// Table 5 of the paper: ensembles.
		...['7.32%', '6.66%', '4.82%', '3.57%'],
		...['6%', '5%', '3.6%'],
		...['vgg-16', 'plain-34', 'resnet-34', 'resnet-50', 'resnet-152'].flatMap((name) => [
			top(name, 'top1'),
			top(name, 'top5')
		]),
		OPTION_A
	],
	'10-question': () => [
		{
			en: `${millions(count('vgg-16'), 0)} million`,
			zh: `${(count('vgg-16') / 1e8).toFixed(2)} 亿`
		},
		{ en: `${millions(dense('vgg-16'))} million`, zh: `${(dense('vgg-16') / 1e8).toFixed(3)} 亿` },
		{
			en: `${millions(dense('resnet-50'), 2)} million`,
			zh: `${Math.round(dense('resnet-50') / 1e4)} 万`
		},
		{
			en: `${millions(count('resnet-50'))} million`,
			zh: `${Math.round(count('resnet-50') / 1e5) * 10} 万`
		},
		...[0, 1, 2, 3].flatMap((lane): Claim[] => {
			const { parameterCount, macs } = laneOf('road-20', lane);
			return [
				formatCount(parameterCount),
				{ en: `${millions(macs, 2)} million`, zh: `${Math.round(macs / 1e4)} 万` },
				...['road-20', 'road-norm-20', 'successors-20'].map((name) =>
					percent(error(name, lane, 150))
				)
			];
		}),
		{
			en: `at least ${points(roadGap)} points`,
			zh: `至少低 ${points(roadGap)} 个百分点`
		},
		{
			en: `${points(lead(50))} points behind, after 300 steps ${points(lead(300))}`,
			zh: `落后 ${points(lead(50))} 个百分点，300 步之后只落后 ${points(lead(300))} 个百分点`
		}
	]
};
/** The shipped images. */
const shipped = JSON.parse(readFileSync('static/data/fashion-mnist/manifest.json', 'utf8')) as {
	splits: Record<'train' | 'test', { count: number }>;
};
/** Table 2 of the paper, ResNet-34 with shortcuts of option A. */
const OPTION_A = '25.03%';

/** All text of a lesson. */
function wordsOf({ parts }: Lesson): string {
	return parts
		.flatMap((part) => {
			if (part.kind === 'text') return part.html.replace(/<[^>]*>/g, ' ');
			if (part.kind === 'figure') return part.figure.caption ?? '';
			const answer = part.kind === 'predict' ? (part.answer ?? '') : '';
			return [part.ask, answer, ...part.options.flatMap(({ text, say }) => [text, say ?? ''])];
		})
		.join('\n');
}
/** The experiment that a lesson links to, as the lab reads it. */
async function linkOf(name: string, locale: Locale): Promise<LabLink> {
	const { parts } = await loadLesson(name, locale);
	const html = parts.map((part) => (part.kind === 'text' ? part.html : '')).join('');
	const [, query] = /href="\.\.\/\.\.\/lab\/(\?experiment=[^"]*)"/.exec(html)!;
	return readLabLink(query.replaceAll('&amp;', '&'));
}
/** Numbers that measure something: shares and large counts. */
const MEASURED = /\d[\d.,]*(%| million| billion| M\b| 万| 亿)/g;

describe.each(LESSONS)('the numbers of lesson %s', (name) => {
	it.each(locales)('are what runs and tables say, in %s', async (locale) => {
		const words = wordsOf(await loadLesson(name, locale));
		const claims = CLAIMS[name]().map((claim) =>
			typeof claim === 'string' ? claim : claim[locale]
		);
		for (const claim of claims) expect(words).toContain(claim);
		const rest = claims
			.sort((a, b) => b.length - a.length)
			.reduce((text, claim) => text.replaceAll(claim, ''), words);
		expect(rest.match(MEASURED) ?? [], 'numbers that are not checked').toEqual([]);
	});
});

describe('what the lessons say in words', () => {
	it('lesson 1: the parameters of AlexNet are nearly nine times those of GoogLeNet', () => {
		const times = count('alexnet') / count('googlenet');
		expect(times).toBeGreaterThan(8.5);
		expect(times).toBeLessThan(9);
	});

	it('lesson 2: shortcuts raise the ratio several hundred thousand times; too wide a start explodes at once', () => {
		expect(ratio('vanishing-20', 0)).toBeLessThan(1e-9);
		for (const [plain, residual] of checked('vanishing')) {
			const raised = residual.first / residual.last / (plain.first / plain.last);
			expect(raised).toBeGreaterThan(2e5);
			expect(raised).toBeLessThan(1e6);
		}
		expect(history('exploding-20').stop(0)!.step).toBeLessThan(10);
	});

	it('lesson 3: what each remedy does', () => {
		expect(ratio('rescue-relu-14', 0)).toBeLessThan(1e-6);
		expect(ratio('rescue-relu-14', 1)).toBeGreaterThan(0.01);
		expect(error('rescue-relu-14', 0, 200)).toBeGreaterThan(0.85);
		expect(error('rescue-relu-14', 1, 200)).toBeLessThan(0.5);
		for (const layer of [0, -1]) expect(norm('rescue-init-14', 0, layer)).toBeLessThan(1e-15);
		for (const [{ first, last }] of checked('rescue-init')) {
			expect(first / last).toBeGreaterThan(1 / 3);
			expect(first / last).toBeLessThan(3);
		}
		expect(error('rescue-init-14', 0, 200)).toBeGreaterThan(0.85);
		const seeds = checks.presets['rescue-pretraining'].runs.map(({ ours }) => ours);
		expect(seeds).toHaveLength(10);
		expect(seeds.filter(([random]) => random.error! < 0.8)).toHaveLength(3);
		expect(seeds.filter(([, pretrained]) => pretrained.error! > 0.8)).toHaveLength(1);
		// By then the network from random weights has made as many steps as the pre-trained one had at step 300.
		const fair = ([0, 1] as const).map((lane) =>
			error('rescue-pretraining-19', lane, lane ? 300 : 800)
		);
		expect(error('rescue-pretraining-19', 0, 300)).toBeGreaterThan(0.85);
		expect(fair[1]).toBeLessThan(fair[0] - FINDING_THRESHOLDS.apart);
		const [, { network, pretraining }] = PRESETS['rescue-pretraining'](19).lanes;
		expect(pretraining).toEqual({ kind: 'shallower', steps: 800 - 300 });
		expect(depthOf(network) - 8).toBe(11);
		expect(history('rescue-norm-20').stop(0)).not.toBeNull();
		expect(error('rescue-norm-20', 1, 200)).toBeLessThan(0.3);
	});

	it('lesson 4: ten seeds, here and in PyTorch; with one the deep residual network starts late', () => {
		const { runs } = checks.presets.depths;
		expect(runs).toHaveLength(10);
		expect(runs.filter(({ pytorch }) => pytorch)).toHaveLength(10);
		const behind = ([, , shallow, deep]: PresetResult[]) => deep.error! - shallow.error!;
		const [late, ...others] = runs.map(({ ours }) => behind(ours)).sort((a, b) => b - a);
		expect(late).toBeGreaterThan(0.2);
		expect(others[0]).toBeLessThan(0.06);
	});

	it.each(locales)(
		'lesson 4: medians of the autocorrelation of neighbouring gradients, in %s',
		async (locale) => {
			const rows = ['none', 'batch'].flatMap((norm) =>
				['plain', 'residual'].map((kind) =>
					[8, 20, 32, 56]
						.map((depth) => neighbours(kind as Kind['kind'], norm as Kind['norm'], depth))
						.map((values) => {
							expect(values).toHaveLength(10);
							return hundredths(median(values)!);
						})
						.join(' ')
				)
			);
			const words = wordsOf(await loadLesson('04-degradation', locale)).replace(/\s+/g, ' ');
			for (const row of rows) expect(words).toContain(row);
		}
	);

	it('lesson 4: before training, PyTorch finds the same with 64 bits', () => {
		const fresh = shattered.runs.filter(({ step }) => step === 0);
		expect(fresh).toHaveLength(40);
		for (const { networks, pytorch } of fresh)
			networks.forEach(({ correlation }, i) =>
				correlation.forEach((value, lag) =>
					expect(Math.abs(value - pytorch.networks[i].correlation[lag])).toBeLessThan(0.01)
				)
			);
	});

	it('lesson 4: noise is what its numbers say', () => {
		for (const noise of NOISES)
			expect(noiseCorrelation(noise, shattered.points)[1]).toBeCloseTo(
				shattered.noise[noise].correlation[1],
				4
			);
	});

	it.each(ENGINES)('lesson 4: what the medians show, every seed shows: %s', (by) => {
		const found = (kind: Kind['kind'], norm: Kind['norm'], depth: number, step = 0) =>
			neighbours(kind, norm, depth, step, by);
		const [white] = NOISES.map((noise) => shattered.noise[noise].correlation[1]);
		for (const depth of [32, 56]) {
			for (const value of found('plain', 'batch', depth))
				expect(Math.abs(value - white)).toBeLessThan(0.05);
			for (const value of found('residual', 'batch', depth)) expect(value).toBeGreaterThan(0.35);
		}
		for (const [depth, step] of [
			[20, 150],
			[56, 100]
		]) {
			for (const kind of ['plain', 'residual'] as const)
				expect(median(found(kind, 'batch', depth, step))).toBeGreaterThan(
					median(found(kind, 'batch', depth))! + 0.08
				);
			expect(Math.min(...found('residual', 'batch', depth, step))).toBeGreaterThan(
				Math.max(...found('plain', 'batch', depth, step))
			);
		}
		found('residual', 'batch', 56, 100).forEach((value, i) =>
			expect(value).toBeGreaterThan(found('plain', 'batch', 56, 100)[i] + 0.2)
		);
		// In PyTorch, one of ten rises by less.
		if (by === 'ours')
			found('plain', 'batch', 20, 150).forEach((value, i) =>
				expect(value).toBeGreaterThan(found('plain', 'batch', 20)[i] + 0.2)
			);
		for (const depth of [20, 32, 56]) {
			const plain = found('plain', 'batch', depth);
			const without = found('residual', 'none', depth);
			found('residual', 'batch', depth).forEach((value, i) => {
				expect(value).toBeGreaterThan(plain[i]);
				expect(value).toBeLessThan(without[i]);
			});
		}
	});

	it.each(locales)('lesson 4: its link opens the four networks, in %s', async (locale) => {
		const link = await linkOf('04-degradation', locale);
		expect([link.problems, link.tab, link.backend]).toEqual([[], 'shattered', 'wasm']);
		expect(sameExperiment(link.experiment, shattered.experiment)).toBe(true);
		expect(
			link.experiment.lanes.map(({ network }) => [
				depthOf(network),
				laneKind(network),
				network.norm
			])
		).toEqual([
			[20, 'none', 'none'],
			[20, 'A', 'none'],
			[20, 'none', 'batch'],
			[20, 'A', 'batch']
		]);
	});

	it('lesson 5: the residual network leads at step 50, by less at step 150', () => {
		const gap = (step: number) =>
			error('degradation-20', 0, step) - error('degradation-20', 1, step);
		expect(gap(50)).toBeGreaterThan(0.1);
		expect(gap(150)).toBeGreaterThan(0.02);
		expect(gap(150)).toBeLessThan(0.06);
	});

	it('lesson 6: the first block matters most, and only the network that starts from zero learns', () => {
		expect(lesion(1).first).toBe(lesion(1).most);
		expect(error('zero-residual-20', 0, 200)).toBeGreaterThan(0.85);
		expect(error('zero-residual-20', 1, 200)).toBeLessThan(0.5);
	});

	it('lesson 6: what the penalty makes the network put aside, and what that is worth', () => {
		const { aside, blocks, removable, cheapest, whole, without } = ignored(1);
		expect([aside, blocks, removable, cheapest]).toEqual([7, 9, 6, 6]);
		expect(without).toBe(whole);
		expect(ignored(0).aside).toBe(0);
		const { ours, pytorch } = checks.presets.ignored.runs[1];
		for (const [free, penalised] of [ours, pytorch!])
			expect([free.aside!.blocks, penalised.aside!.blocks]).toEqual([0, 5]);
	});

	it('lesson 6: the landscape at depth 56 was measured after 400 steps', () => {
		expect(history('landscape-56').step).toBe(400);
	});

	it('lesson 7: ResNet-50 costs about as much as ResNet-34', () => {
		const times = network('resnet-50').macs / network('resnet-34').macs;
		expect(times).toBeGreaterThan(1);
		expect(times).toBeLessThan(1.1);
	});

	it('lesson 7: plain-110 has learned nothing at step 50, and its first weights were thrown out', () => {
		expect(error('degradation-110', 0, 50)).toBeGreaterThan(0.85);
		expect(error('degradation-110', 1, 50)).toBeLessThan(0.7);
		expect(deepNetworks.runs).toHaveLength(10);
		expect(Math.min(...deep(0, 'error'))).toBeGreaterThan(0.85);
		expect(Math.max(...deep(0, 'last'))).toBeLessThan(1);
		expect(Math.round(norm('degradation-110', 0, 0, 1, 'weightNorms'))).toBe(4);
		expect(power(norm('degradation-110', 0, 0, 2, 'weightNorms'))).toBe(5);
	});

	it.each(locales)('lesson 7: the map of depth and width, in %s', async (locale) => {
		const { seeds, steps } = mapped.spec;
		expect([DEPTHS, WIDTHS, seeds, steps]).toEqual([[8, 14, 20, 32], [4, 8, 16], 10, 300]);
		const rows = PAIR_KINDS.flatMap((kind) =>
			WIDTHS.map((width) =>
				DEPTHS.map((depth) => {
					const cell = errorOf(kind, depth, width);
					expect(cell).toMatchObject({ seeds, stopped: 0 });
					return `${points(cell.mean)} ± ${points((cell.largest - cell.least) / 2)}`;
				}).join(' ')
			)
		);
		const words = wordsOf(await loadLesson('07-how-far', locale)).replace(/\s+/g, ' ');
		// In this order, so that no row stands beside another's name.
		const found = rows.map((row) => words.indexOf(row));
		expect(found).not.toContain(-1);
		expect(found).toEqual([...found].sort((a, b) => a - b));
		const furthest = Math.max(
			...PAIR_KINDS.flatMap((kind) => {
				const [ours, theirs] = ENGINES.map((by) => cellsOf(kind, 'trainingError', by));
				return ours.map(({ mean }, i) => Math.abs(mean - theirs[i].mean));
			})
		);
		const gaps = ENGINES.map((by) => gapsIn(by).map(points));
		const mean = (...of: Parameters<typeof errorOf>) => errorOf(...of).mean;
		const across = (all: readonly number[], to = ' to ') =>
			[Math.min(...all), Math.max(...all)].map(points).join(to);
		const deeper = {
			plain: WIDTHS.map((width) => mean('plain', 32, width) - mean('plain', 8, width)),
			residual: WIDTHS.map((width) => mean('residual', 8, width) - mean('residual', 32, width))
		};
		const wider = PAIR_KINDS.flatMap((kind) =>
			DEPTHS.map((depth) => mean(kind, depth, 4) - mean(kind, depth, 16))
		);
		const smallAndWide = mean('residual', 32, 4) - mean('residual', 8, 16);
		const unsure = cellOf('plain', 14, 4, 'testError');
		for (const said of {
			en: [
				...gaps.map(([from, to, most]) => `(${from} to ${to} points, all others at most ${most})`),
				`within ${points(furthest)} points of these`,
				`by ${across(deeper.plain)} points on average`,
				`lower by ${across(deeper.residual)} points`,
				`${across(wider)} points below that with width 4`,
				`${points(smallAndWide)} points ahead of residual-32`,
				`from ${points(unsure.least)}% to ${points(unsure.largest)}%`,
				'2,000 test images',
				'2.5 times'
			],
			zh: [
				...gaps.map(([from, to, most]) => `为 ${from} 到 ${to} 个百分点，其余都不超过 ${most} 个`),
				`相差不超过 ${points(furthest)} 个百分点`,
				`平均误差高 ${across(deeper.plain, ' 到 ')} 个百分点`,
				`平均误差都低 ${across(deeper.residual, ' 到 ')} 个百分点`,
				`比宽度 4 的低 ${across(wider, ' 到 ')} 个百分点`,
				`残差-32 平均低 ${points(smallAndWide)} 个百分点`,
				`从 ${points(unsure.least)}% 到 ${points(unsure.largest)}%`,
				'测试图像 2000 张',
				'2.5 倍'
			]
		}[locale])
			expect(words).toContain(said);
	});

	it.each(ENGINES)('lesson 7: what the map shows: %s', (by) => {
		for (const width of WIDTHS) {
			const [shallow, deep] = [8, 32].map((depth) => errorOf('plain', depth, width, by));
			expect(deep.least).toBeGreaterThan(shallow.largest);
			const [few, many] = [8, 32].map((depth) => errorOf('residual', depth, width, by));
			expect(many.mean).toBeLessThan(few.mean);
			expect(many.largest).toBeGreaterThan(few.least);
		}
		for (const depth of DEPTHS) {
			const overlap = (kind: PairKind) =>
				errorOf(kind, depth, 16, by).largest > errorOf(kind, depth, 4, by).least;
			expect(overlap('plain')).toBe(by === 'pytorch' && depth === 32);
			expect(overlap('residual')).toBe(depth >= 14);
		}
		const parameters = (depth: number, width: number) => {
			const { lanes } = sweepExperiment(mapped.spec, { values: [depth, width], seed: 1 });
			return analyse(laneNetwork(lanes[1], PRESET_INPUT)).parameterCount;
		};
		expect(parameters(8, 16) / parameters(32, 4)).toBeCloseTo(2.5, 1);
		const [least, , others] = gapsIn(by);
		expect(least).toBeGreaterThan(others);
		const { train, test } = shipped.splits;
		expect(test.count).toBe(2000);
		const { batch } = sweepExperiment(mapped.spec, { values: [8, 4], seed: 1 }).recipe;
		expect(mapped.spec.steps * batch).toBeLessThan(2 * train.count);
	});

	it.each(locales)('lesson 7: its link opens the sweep of the map, in %s', async (locale) => {
		const link = await linkOf('07-how-far', locale);
		expect([link.problems, link.tab, link.backend]).toEqual([[], 'sweep', 'wasm']);
		expect(link.experiment.studies?.sweep).toEqual({ ...mapped.spec, seeds: 3 });
	});

	it('lesson 9: plain-34 and ResNet-34 are 3.5 points apart', () => {
		expect(PUBLISHED['plain-34'].top1! - parseFloat(OPTION_A)).toBeCloseTo(3.5, 1);
	});

	it('lesson 10: what the table says of kernels and large dense layers', () => {
		const kernels = (name: string) =>
			network(name).network.nodes.flatMap((node) => (node.type === 'conv' ? [node.kernel[0]] : []));
		const times = (name: string, size: number) =>
			kernels(name).filter((kernel) => kernel === size).length;
		const largest = (name: string) => Math.max(...kernels(name));
		expect(['alexnet', 'vgg-16', 'googlenet', 'resnet-50'].map(largest)).toEqual([11, 3, 7, 7]);
		expect([times('googlenet', 7), times('resnet-50', 7)]).toEqual([1, 1]);
		expect([times('alexnet', 1), times('vgg-16', 1)]).toEqual([0, 0]);
		for (const name of ['alexnet', 'vgg-16']) {
			const units = network(name).network.nodes.flatMap((node) =>
				node.type === 'dense' ? [node.units] : []
			);
			expect(units).toEqual([4096, 4096, 1000]);
		}
	});

	it('lesson 10: of the four networks, the deepest leads, by less and less; the network with most parameters does not', () => {
		const { parameterCount } = laneOf('road-20', 2);
		expect(parameterCount / laneOf('road-20', 3).parameterCount).toBeGreaterThan(1.7);
		expect(lead(50)).toBeGreaterThan(lead(150));
		expect(lead(150)).toBeGreaterThan(lead(300));
		expect(lead(150)).toBeGreaterThan(FINDING_THRESHOLDS.apart);
	});

	it('lesson 10: normalisation brings GoogLeNet near the residual network; SE is level with it, DenseNet a little behind', () => {
		const at = (name: string, lane: number) => error(name, lane, 150);
		const near = (a: number, b: number) => Math.abs(a - b) < FINDING_THRESHOLDS.apart;
		expect(near(at('road-norm-20', 1), at('road-norm-20', 3))).toBe(true);
		expect(at('road-norm-20', 2)).toBeGreaterThan(0.85);
		// The same network on the same images from the same weights.
		expect(at('road-norm-20', 3)).toBe(at('road-20', 3));
		expect(at('road-norm-20', 0)).toBe(at('road-20', 2));
		const residuals = checked('road').map((lanes) => lanes[3].error!);
		checked('successors').forEach(([, dense, se], i) => {
			expect(near(se.error!, residuals[i])).toBe(true);
			expect(dense.error! - residuals[i]).toBeGreaterThan(-0.01);
			expect(dense.error! - residuals[i]).toBeLessThan(0.08);
		});
		for (const lane of [0, 3]) {
			expect(at('successors-20', lane)).toBeGreaterThan(at('successors-20', 1) + 0.04);
			expect(at('successors-20', lane)).toBeLessThan(0.6);
		}
	});

	it('lesson 6: the longest path carries a tenth to three fifths of the gradient of the shortest, with ten seeds', () => {
		expect(followed.runs).toHaveLength(10);
		const shares = followedTwice.map(({ norms }) => {
			expect(norms).toHaveLength(10);
			return norms[9].mean / norms[0].mean;
		});
		expect(Math.min(...shares)).toBeCloseTo(0.1, 1);
		expect(Math.max(...shares)).toBeCloseTo(0.6, 1);
	});

	it('lesson 10: the error rises when shortcuts are cut, falls meanwhile, and comes back', () => {
		const at = (lane: number, step: number) => error('switching-20', lane, step);
		expect(at(1, 120) - at(0, 120)).toBeGreaterThan(0.15);
		expect(at(1, 120) - at(1, 150)).toBeGreaterThan(0.05);
		expect(at(1, 200) - at(0, 200)).toBeLessThan(0.1);
	});
});

it('presets see the images that recordings were made with', () => {
	for (const each of RECORDINGS)
		expect(record(recordingName(each)).input).toEqual([...PRESET_INPUT]);
});

describe('an outcome', () => {
	const read = (name: string, outcome: Parameters<typeof readOutcome>[0], step: number) => {
		const { experiment, input } = record(name);
		const networks = experiment.lanes.map((lane) => analyse(laneNetwork(lane, input)));
		return readOutcome(outcome, { history: history(name), networks }, step);
	};

	it('is read off the run, at a step that it names', () => {
		expect(read('depths-56', 'training-error', 100)).toEqual({
			step: 100,
			texts: ['27.0%', '64.5%', '26.1%', '26.4%']
		});
		expect(read('vanishing-20', 'gradient-ratio', 60)).toEqual({
			step: 1,
			texts: ['6.3 × 10⁻¹⁴', '3.6 × 10⁻⁸']
		});
		const without = median(history('lesion-20').results.lesion[1].without, (e) => e ?? NaN)!;
		expect(read('ignored-20', 'ignored', 200).texts).toEqual([
			'0 of 9; 23.4% → 23.4%',
			'7 of 9; 28.4% → 28.4%'
		]);
		const lesion = read('lesion-20', 'lesion', 300);
		expect(lesion.step).toBe(history('lesion-20').results.lesion[1].step);
		expect(lesion.texts[1]).toBe(`14.4% → ${percent(without)}`);
	});

	it('says when a network has stopped', () => {
		expect(read('exploding-20', 'training-error', 10).texts[0]).toContain('2');
	});
});
