/** Draws a grid of heights as a surface seen from above at an angle: quadrilaterals from back to front. */

export interface Piece {
	/** Corners in units of the grid's side, the centre of the grid at the origin, y downward. */
	readonly corners: readonly (readonly [x: number, y: number])[];
	/** Mean height, 0…1. */
	readonly height: number;
	/** Row and column of the corner nearest the start of the grid. */
	readonly row: number;
	readonly column: number;
}

/** Viewing angle: 0 from the side, π/2 from above. */
const TILT = Math.PI / 4.2;
/** Vertical extent of a height of 1, in sides of the grid. */
const RISE = 0.5;

/**
 * @param heights `[size · size]`, row by row, 0…1
 * @param turn rotation about the vertical, in radians
 */
export function surface(heights: readonly number[], size: number, turn: number): Piece[] {
	const cos = Math.cos(turn);
	const sin = Math.sin(turn);
	const point = (row: number, column: number) => {
		const [u, v] = [column, row].map((i) => i / (size - 1) - 0.5);
		const depth = u * sin + v * cos;
		const height = heights[row * size + column];
		return {
			x: u * cos - v * sin,
			y: depth * Math.sin(TILT) - (height - 0.5) * RISE * Math.cos(TILT),
			depth,
			height
		};
	};
	const pieces: (Piece & { depth: number })[] = [];
	for (let row = 0; row + 1 < size; row++)
		for (let column = 0; column + 1 < size; column++) {
			const four = [
				point(row, column),
				point(row, column + 1),
				point(row + 1, column + 1),
				point(row + 1, column)
			];
			const mean = (of: (p: (typeof four)[number]) => number) =>
				four.reduce((sum, p) => sum + of(p), 0) / 4;
			pieces.push({
				corners: four.map(({ x, y }) => [x, y]),
				height: mean((p) => p.height),
				depth: mean((p) => p.depth),
				row,
				column
			});
		}
	return pieces.sort((a, b) => a.depth - b.depth);
}
