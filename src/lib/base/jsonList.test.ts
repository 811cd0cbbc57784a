import { describe, expect, it } from 'vitest';
import { JsonListReader, LongPartError } from './jsonList';

const OBJECT = {
	'a "quoted" key': ['steps', { steps: [1, 2] }, '}{][,:"\\'],
	steps: [1, -2.5e-3, 'x,]}"\\', [], [[1, 2], {}], { steps: [3], b: ',' }, null],
	last: { c: [] }
};

function split(text: string, chunk: number, longest = 1e6) {
	const elements: string[] = [];
	const reader = new JsonListReader('steps', (element) => elements.push(element), longest);
	for (let at = 0; at < text.length; at += chunk) reader.push(text.slice(at, at + chunk));
	return { reader, elements };
}

describe('a list in an object', () => {
	it.each([1, 2, 3, 7, 1000])('is split from the rest, in pieces of %i characters', (chunk) => {
		for (const space of [0, '\t']) {
			const { reader, elements } = split(
				`\ufeff \n${JSON.stringify(OBJECT, null, space)}\r\n`,
				chunk
			);
			expect(elements.map((text) => JSON.parse(text))).toEqual(OBJECT.steps);
			expect(JSON.parse(reader.rest)).toEqual({ ...OBJECT, steps: [] });
			expect([reader.end, reader.found, reader.behind]).toEqual(['behind', true, '']);
		}
	});

	it('may be empty, missing, or no list', () => {
		for (const [steps, found] of [
			[[], true],
			[{ a: [1] }, false],
			['[1]', false]
		] as const) {
			const { reader, elements } = split(JSON.stringify({ steps, b: [1] }), 2);
			expect(elements).toEqual([]);
			expect(JSON.parse(reader.rest)).toEqual({ steps, b: [1] });
			expect(reader.found).toBe(found);
		}
	});

	it('that is cut, or followed by something, is known as such', () => {
		const text = JSON.stringify(OBJECT);
		for (let end = 1; end < text.length; end++)
			expect(split(text.slice(0, end), 5).reader.end, `cut at ${end}`).toBe('inside');
		expect(split(' \0\n', 1).reader.end).toBe('before');
		expect(split(`${text}\n{"steps": [9]}`, 4)).toMatchObject({
			reader: { end: 'behind', behind: '{' },
			elements: { length: OBJECT.steps.length }
		});
	});

	it('shows an error of syntax in the element that has it', () => {
		expect(split('{"steps": [1,,2,]}', 3).elements).toEqual(['1', '', '2', '']);
	});

	it('and its rest are refused when they are too long', () => {
		expect(() => split(`{"steps": ["${'x'.repeat(200)}`, 10, 100)).toThrow(LongPartError);
		expect(() => split(`{"a": "${'x'.repeat(200)}`, 10, 100)).toThrow(LongPartError);
		expect(split(`{"steps": [${'"x",'.repeat(200)}`, 10, 100).elements).toHaveLength(200);
	});
});
