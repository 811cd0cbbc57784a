import { describe, expect, it } from 'vitest';
import { Film, RATE } from './film.svelte';

const LAST = 200;
const HOLD = 10;

/** Lets it play for so many seconds, at 50 frames a second. */
function play(film: Film, seconds: number): void {
	for (let frame = 0; frame < seconds * 50 && film.playing; frame++) film.advance(20);
}

describe('a film', () => {
	it('shows its first steps one at a time and waits until it is released', () => {
		const film = new Film(LAST, HOLD);
		film.begin(false);
		play(film, 1);
		expect(film.step).toBeGreaterThan(1);
		expect(film.step).toBeLessThan(HOLD);
		expect(film.waiting).toBe(false);
		play(film, 60);
		expect(film.step).toBe(HOLD);
		expect(film.waiting).toBe(true);
		expect(film.playing).toBe(false);
	});

	it('ends within nine seconds of its release, and can be seen again', () => {
		const film = new Film(LAST, HOLD);
		film.begin(false);
		film.release(false);
		play(film, 4);
		expect(film.step).toBeCloseTo(1 + 4 * RATE, -1);
		expect(film.atEnd).toBe(false);
		play(film, 5);
		expect(film.step).toBe(LAST);
		expect(film.atEnd).toBe(true);
		expect(film.playing).toBe(false);
		film.toggle();
		expect(film.step).toBe(1);
		play(film, 9);
		expect(film.step).toBe(LAST);
	});

	it('stands where motion is unwanted: before the prediction, and at its end after it', () => {
		const film = new Film(LAST, HOLD);
		film.begin(true);
		expect([film.step, film.playing]).toEqual([HOLD, false]);
		film.release(true);
		expect([film.step, film.playing]).toEqual([LAST, false]);
	});

	it('is stopped and goes on by its button, from where it waits too', () => {
		const film = new Film(LAST, HOLD);
		film.begin(false);
		film.toggle();
		expect(film.playing).toBe(false);
		film.toggle();
		play(film, 60);
		expect(film.waiting).toBe(true);
		film.toggle();
		play(film, 1);
		expect(film.step).toBeGreaterThan(HOLD);
	});

	it('skips nothing of what a hidden tab has not shown', () => {
		const film = new Film(LAST, HOLD);
		film.release(false);
		film.advance(60_000);
		expect(film.step).toBeLessThan(10);
	});
});
