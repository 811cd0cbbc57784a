import { describe, expect, it } from 'vitest';
import { LESSONS, loadLesson } from './lesson';
import { worksheetOf } from './worksheet';

describe.each(LESSONS)('the worksheet of %s', (name) => {
	it('asks every question of the lesson, with the same axes in both languages', async () => {
		const [en, zh] = await Promise.all([loadLesson(name, 'en'), loadLesson(name, 'zh')]);
		const questions = worksheetOf(en);
		const asked = en.parts.flatMap((part) => ('ask' in part ? part.ask : []));
		expect(questions.map(({ part }) => part.ask)).toEqual(asked);
		expect(worksheetOf(zh).map(({ axes }) => axes && [axes.across, axes.count])).toEqual(
			questions.map(({ axes }) => axes && [axes.across, axes.count])
		);
	});
});

it('has axes for training errors, for the layers of a network, and for its blocks', async () => {
	const axes = async (name: string) =>
		worksheetOf(await loadLesson(name, 'en')).flatMap(({ axes }) =>
			axes ? [[axes.across, axes.count]] : []
		);
	expect(await axes('02-gradients')).toEqual([
		['layers', 20],
		['steps', 10]
	]);
	expect((await axes('06-identity'))[0]).toEqual(['blocks', 9]);
});
