import { describe, expect, it } from 'vitest';
import { isPresetName, PRESETS, MAX_LAB_DEPTH } from '$lib/lab';
import { networkOf, parseName, PUBLISHED } from '$lib/network';
import { locales } from '$lib/paraglide/runtime';
import { readLesson } from '../../../scripts/lessons.mjs';
import { FIGURE_STUDIES, lessonHead, LESSONS, loadLesson } from './lesson';
import { isOutcome } from './outcome';

describe.each(LESSONS)('lesson %s', (name) => {
	it.each(locales)(
		'in %s: its head, a prediction, a figure and a question with one right answer',
		async (locale) => {
			const lesson = await loadLesson(name, locale);
			expect(lessonHead(name, locale)).toEqual({
				title: lesson.title,
				summary: lesson.summary,
				minutes: lesson.minutes
			});
			expect(lesson.sources.length).toBeGreaterThan(0);
			expect(lesson.minutes).toBeGreaterThanOrEqual(5);
			expect(lesson.minutes).toBeLessThanOrEqual(10);
			const kinds = lesson.parts.map(({ kind }) => kind);
			expect(kinds).toEqual(expect.arrayContaining(['text', 'predict', 'figure', 'check']));
			expect(kinds.indexOf('predict'), 'a prediction before a training').toBeLessThan(
				lesson.parts.findLastIndex((part) => part.kind === 'figure')
			);
			for (const part of lesson.parts) {
				if (part.kind === 'check' || part.kind === 'predict') {
					expect(part.options.filter(({ right }) => right)).toHaveLength(1);
					for (const { say } of part.options) expect(say, part.ask).toBeTruthy();
				}
				if (part.kind !== 'figure') continue;
				const { figure } = part;
				if (figure.kind === 'lab') {
					expect(isPresetName(figure.preset), figure.preset).toBe(true);
					expect(figure.depth).toBeLessThanOrEqual(MAX_LAB_DEPTH);
					expect([undefined, ...FIGURE_STUDIES]).toContain(figure.study);
					expect(figure.steps ?? figure.study, 'something to run').toBeDefined();
				} else
					for (const network of figure.networks) {
						const described = networkOf(parseName(network));
						if (figure.kind === 'errors')
							expect(PUBLISHED[network]?.top5, `${described.name} in the chart`).toBeTruthy();
					}
			}
		}
	);

	it('has at most one figure and one prediction in a scene, and what a prediction waits for can be read', async () => {
		const { parts } = await loadLesson(name, 'en');
		for (let at = 0; at <= parts[parts.length - 1].scene; at++) {
			const scene = parts.filter((part) => part.scene === at);
			const figures = scene.flatMap((part) => (part.kind === 'figure' ? [part.figure] : []));
			const predictions = scene.flatMap((part) => (part.kind === 'predict' ? [part] : []));
			expect(figures.length).toBeLessThanOrEqual(1);
			expect(predictions.length).toBeLessThanOrEqual(1);
			const [figure] = figures;
			for (const { outcome, at: steps = [], ask } of predictions) {
				const experiment = figure?.kind === 'lab';
				expect(outcome !== undefined && isOutcome(outcome), ask).toBe(experiment);
				if (experiment)
					for (const step of steps) expect(step).toBeLessThanOrEqual(figure.steps ?? 0);
			}
		}
	});

	it('has the same parts and figures in every language', async () => {
		const outlines = await Promise.all(
			locales.map(async (locale) =>
				(await loadLesson(name, locale)).parts.flatMap((part): unknown[] => {
					if (part.kind === 'text') return [];
					const { kind, scene } = part;
					if (kind === 'predict')
						return [[kind, scene, part.options.length, part.outcome, part.at]];
					if (kind === 'check') return [[kind, scene, part.options.length]];
					return [scene, { ...part.figure, caption: Boolean(part.figure.caption) }];
				})
			)
		);
		for (const outline of outlines) expect(outline).toEqual(outlines[0]);
	});
});

it('every lesson links terms to the glossary, each at its first use', async () => {
	for (const locale of locales)
		for (const name of LESSONS) {
			const { parts } = await loadLesson(name, locale);
			const html = parts.map((part) => (part.kind === 'text' ? part.html : '')).join('');
			const linked = [...html.matchAll(/href="\.\.\/\.\.\/help\/#([\w-]+)"/g)].map(([, id]) => id);
			expect(linked, `${name}, ${locale}`).not.toHaveLength(0);
			expect(new Set(linked).size, `${name}, ${locale}`).toBe(linked.length);
		}
});

it('every preset of the lab is told of in some lesson', async () => {
	const lessons = await Promise.all(LESSONS.map((name) => loadLesson(name, 'en')));
	const told = lessons.flatMap(({ parts }) =>
		parts.flatMap((part) =>
			part.kind === 'figure' && part.figure.kind === 'lab' ? [part.figure.preset] : []
		)
	);
	expect(new Set(told)).toEqual(new Set(Object.keys(PRESETS)));
});

describe('a lesson’s file', () => {
	const head = '---\ntitle: T\nsummary: S\nminutes: 5\nsources: [A]\n---\n';
	it.each([
		['no head', 'text', /expected a head/],
		['a head without a title', '---\nsummary: S\n---\n', /head: no title/],
		['an unknown block', `${head}\`\`\`video\nkind: x\n\`\`\``, /block video: expected figure/],
		[
			'a block without its question',
			`${head}\`\`\`check\noptions: []\n\`\`\``,
			/block check: no ask/
		],
		['broken YAML', `${head}\`\`\`figure\nkind: [\n\`\`\``, /block figure: /]
	])('%s is named', (_, text, message) => {
		expect(() => readLesson(text, 'x/en.md')).toThrow(message);
	});
});
