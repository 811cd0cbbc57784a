import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import {
	EMPTY_STAGE,
	helloSchema,
	LIMITS,
	readCode,
	REFUSALS,
	stageSchema,
	studentFrameSchema,
	subjectOf,
	toldSchema
} from './protocol';

const setupAt = (address: string) =>
	v.is(stageSchema, { ...EMPTY_STAGE, setup: { id: 'a', address } });

describe('the protocol of a room', () => {
	it('reads a code as people type it', () => {
		expect(readCode(' bcd-fgh\n')).toBe('BCDFGH');
		expect(readCode('ＢＣＤ ＦＧＨ')).toBe('BCDFGH');
		expect(readCode('BCDFG')).toBeNull();
		expect(readCode('BCDFGO')).toBeNull();
		expect(readCode('BCDFG1')).toBeNull();
	});

	it('opens pages of the app, and no other address', () => {
		expect(setupAt('lab/?preset=degradation&depth=20&seed=3')).toBe(true);
		expect(setupAt('lessons/degradation/')).toBe(true);
		for (const address of [
			'https://evil.example/',
			'//evil.example/',
			'/lab/',
			'lab/../../x/',
			'javascript:alert(1)',
			'lab/?a#b',
			`lab/?${'x'.repeat(LIMITS.address)}`
		])
			expect(setupAt(address), address).toBe(false);
	});

	it('takes names as text without what is not seen, and no longer than they may be', () => {
		const nameOf = (name: string) => {
			const told = v.parse(toldSchema, { kind: 'name', name });
			return told.kind === 'name' && told.name;
		};
		expect(nameOf(' Ann\u202e\u200b\u0007 ')).toBe('Ann');
		expect(nameOf('<img onerror=x>')).toBe('<img onerror=x>');
		// Characters, not halves of them.
		expect(nameOf('🙂'.repeat(30))).toBe('🙂'.repeat(LIMITS.name));
		expect(() => nameOf('x'.repeat(1000))).toThrow();
	});

	it('accepts nothing that it does not know', () => {
		const place = { kind: 'place', page: 'lab', step: 1 };
		expect(v.is(toldSchema, place)).toBe(true);
		expect(v.is(toldSchema, { ...place, more: 1 })).toBe(false);
		expect(v.is(toldSchema, { kind: 'other' })).toBe(false);
		expect(v.is(toldSchema, { ...place, step: NaN })).toBe(false);
		const curve = { run: 'r', setup: null, done: false, steps: [1, 2], lanes: [] };
		const lanes = (errors: unknown[]) => [{ title: 'plain', errors }];
		const is = (lanes: unknown) => v.is(toldSchema, { kind: 'curve', curve: { ...curve, lanes } });
		expect(is(lanes([0.5, null]))).toBe(true);
		expect(is(lanes([0.5]))).toBe(false);
		expect(is(lanes([0.5, 2]))).toBe(false);
		expect(is([])).toBe(false);
		const long = Array.from({ length: LIMITS.points + 1 }, (_, i) => i);
		expect(
			v.is(toldSchema, { kind: 'curve', curve: { ...curve, steps: long, lanes: lanes(long) } })
		).toBe(false);
	});

	it('wants keys and names of members that nobody guesses', () => {
		const join = { kind: 'join', version: 1, code: 'BCDFGH', member: 'a'.repeat(32) };
		expect(v.is(helloSchema, join)).toBe(true);
		expect(v.is(helloSchema, { ...join, member: 'a'.repeat(8) })).toBe(false);
		expect(v.is(helloSchema, { ...join, member: '../../'.padEnd(32, 'a') })).toBe(false);
	});

	it('has the largest message that it allows fit into a frame', () => {
		const errors = Array.from({ length: LIMITS.points }, () => 0.123456789012345);
		const lane = { title: '🙂'.repeat(60), errors };
		const curve = {
			run: 'r'.repeat(64),
			setup: 's'.repeat(64),
			steps: errors.map((_, i) => 999_000 + i),
			lanes: [lane, lane, lane, lane],
			done: false
		};
		const frame = { kind: 'tell', number: 1e9, after: 1e9, told: { kind: 'curve', curve } };
		expect(v.is(studentFrameSchema, frame)).toBe(true);
		expect(Buffer.byteLength(JSON.stringify(frame))).toBeLessThan(LIMITS.frame / 2);
		const part = { kind: 'part', run: 'r', part: 0, parts: 1, data: 'x'.repeat(LIMITS.part) };
		expect(v.is(studentFrameSchema, part)).toBe(true);
		expect(JSON.stringify(part).length).toBeLessThan(LIMITS.frame);
	});

	it('lets newer values of the same thing replace older ones, and nothing else', () => {
		const vote = { kind: 'vote', question: 'q', phase: 'before', choice: 1 } as const;
		expect(subjectOf(vote)).toBe(subjectOf({ ...vote, choice: 2 }));
		expect(subjectOf(vote)).not.toBe(subjectOf({ ...vote, phase: 'after' }));
		expect(subjectOf(vote)).not.toBe(subjectOf({ ...vote, question: 'r' }));
	});

	it('gives every refusal a code of its own that pages may use', () => {
		const codes = Object.values(REFUSALS);
		expect(new Set(codes).size).toBe(codes.length);
		expect(codes.every((code) => code >= 4000 && code < 5000)).toBe(true);
	});
});
