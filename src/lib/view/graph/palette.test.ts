import { readFileSync } from 'node:fs';
import { lab, rgb } from 'd3';
import { describe, expect, it } from 'vitest';

const THEME = readFileSync(new URL('../theme.css', import.meta.url), 'utf8');
/** Matrices for how eyes without one kind of cone see linear RGB (Machado, Oliveira and Fernandes 2009, severity 1). */
const EYES = {
	normal: [1, 0, 0, 0, 1, 0, 0, 0, 1],
	protanopia: [0.152, 1.053, -0.205, 0.115, 0.786, 0.099, -0.004, -0.048, 1.052],
	deuteranopia: [0.367, 0.861, -0.228, 0.28, 0.673, 0.047, -0.012, 0.043, 0.969],
	tritanopia: [1.256, -0.077, -0.179, -0.078, 0.931, 0.148, 0.005, 0.691, 0.304]
};
/** Kinds that are told apart by colour; images and dropout are not. */
const COLOURED = ['conv', 'norm', 'activation', 'pool', 'join', 'dense'];

const linear = (c: number) =>
	c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4;
const coded = (c: number) => 255 * (c <= 0.0031308 ? 12.92 * c : 1.055 * c ** (1 / 2.4) - 0.055);
const clamped = (c: number) => Math.min(1, Math.max(0, c));

function seen(colour: string, eye: readonly number[]) {
	const { r, g, b } = rgb(colour);
	const [x, y, z] = [r, g, b].map(linear);
	const row = (i: number) => coded(clamped(eye[i] * x + eye[i + 1] * y + eye[i + 2] * z));
	return lab(rgb(row(0), row(3), row(6)));
}

describe.each(['light', 'dark'])('colours of operations, %s', (theme) => {
	const colours = COLOURED.map((kind) => {
		const [, light, dark] = new RegExp(`--op-${kind}: light-dark\\((#\\w+), (#\\w+)\\)`).exec(
			THEME
		)!;
		return theme === 'light' ? light : dark;
	});

	// A colour difference of 2 is just visible.
	it.each(Object.entries(EYES))('are told apart: %s', (_, eye) => {
		const places = colours.map((colour) => seen(colour, eye));
		for (const [i, a] of places.entries())
			for (const [j, b] of places.slice(i + 1).entries())
				expect(
					Math.hypot(a.l - b.l, a.a - b.a, a.b - b.b),
					`${COLOURED[i]} and ${COLOURED[i + 1 + j]}`
				).toBeGreaterThan(12);
	});
});
