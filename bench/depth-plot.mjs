// Draws the time of a step against depth, with the straight line that fits best.
import { line, scaleLinear } from 'd3';

/** @typedef {{depth: number, ms: number}} Point */

const SIZE = { width: 720, height: 440 };
const MARGIN = { top: 74, right: 24, bottom: 54, left: 70 };
const COLOURS = { points: '#1f5fa8', fit: '#c2410c', text: '#1f2933', grid: '#e3e7eb' };

/**
 * Least squares: ms = intercept + slope · depth.
 * @param {readonly Point[]} points
 */
export function fitLine(points) {
	const mean = (/** @type {(point: Point) => number} */ of) =>
		points.reduce((sum, point) => sum + of(point), 0) / points.length;
	const depth = mean((p) => p.depth);
	const ms = mean((p) => p.ms);
	const slope = mean((p) => (p.depth - depth) * (p.ms - ms)) / mean((p) => (p.depth - depth) ** 2);
	const intercept = ms - slope * depth;
	const rest = mean((p) => (p.ms - intercept - slope * p.depth) ** 2);
	return { slope, intercept, r2: 1 - rest / mean((p) => (p.ms - ms) ** 2) };
}

/**
 * @param {readonly Point[]} points
 * @param {{machine: string, backend: string, date: string, rounds: number}} measured
 * @returns {string} an SVG document
 */
export function plotDepths(points, { machine, backend, date, rounds }) {
	const { slope, intercept, r2 } = fitLine(points);
	const x = scaleLinear(
		[0, Math.max(...points.map(({ depth }) => depth))],
		[MARGIN.left, SIZE.width - MARGIN.right]
	).nice();
	const y = scaleLinear(
		[0, Math.max(...points.map(({ ms }) => ms))],
		[SIZE.height - MARGIN.bottom, MARGIN.top]
	).nice();
	const [left, right] = x.range();
	const [bottom, top] = y.range();
	const path = line(
		(/** @type {number} */ depth) => x(depth),
		(depth) => y(intercept + slope * depth)
	);
	// Begin the line where it meets an axis.
	const first = Math.max(0, -intercept / slope);
	const sign = intercept < 0 ? '−' : '+';
	const equation = `${precise(slope)} ms · depth ${sign} ${precise(Math.abs(intercept))} ms, R² = ${r2.toFixed(4)}`;
	const of = rounds === 1 ? 'one step' : `median of ${rounds} steps`;
	return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${SIZE.width} ${SIZE.height}" width="${SIZE.width}" height="${SIZE.height}" role="img" aria-labelledby="title" font-family="system-ui, sans-serif" font-size="13" fill="${COLOURS.text}">
	<title id="title">Time of a training step against depth on ${backend}: ${escaped(equation)}</title>
	<rect width="100%" height="100%" fill="#fff" />
	<text x="16" y="24" font-size="16" font-weight="600">Training step on ${backend}, ${date}</text>
	<text x="16" y="44">CIFAR residual net, width 8, 16×16×1, batch 64; ${of} each</text>
	<text x="16" y="61" font-size="11">${escaped(machine)}</text>
${x
	.ticks(8)
	.map(
		(
			tick
		) => `	<line x1="${x(tick)}" x2="${x(tick)}" y1="${top}" y2="${bottom}" stroke="${COLOURS.grid}" />
	<text x="${x(tick)}" y="${bottom + 18}" text-anchor="middle">${tick}</text>`
	)
	.join('\n')}
${y
	.ticks(6)
	.map(
		(
			tick
		) => `	<line x1="${left}" x2="${right}" y1="${y(tick)}" y2="${y(tick)}" stroke="${COLOURS.grid}" />
	<text x="${left - 8}" y="${y(tick)}" dy="0.35em" text-anchor="end">${tick}</text>`
	)
	.join('\n')}
	<text x="${(left + right) / 2}" y="${SIZE.height - 14}" text-anchor="middle">depth (weighted layers)</text>
	<text transform="translate(20 ${(top + bottom) / 2}) rotate(-90)" text-anchor="middle">time of a step (ms)</text>
	<path d="${path([first, x.domain()[1]])}" fill="none" stroke="${COLOURS.fit}" stroke-width="1.5" />
${points
	.map(
		({ depth, ms }) =>
			`	<circle cx="${x(depth)}" cy="${round(y(ms))}" r="4" fill="${COLOURS.points}"><title>depth ${depth}: ${ms.toFixed(1)} ms</title></circle>`
	)
	.join('\n')}
	<text x="${left + 14}" y="${top + 20}" fill="${COLOURS.fit}">${escaped(equation)}</text>
</svg>
`;
}

/** @param {number} value */
const precise = (value) => Number(value.toPrecision(3)).toString();

/** @param {number} value */
const round = (value) => Math.round(value * 100) / 100;

/** @param {string} text */
const escaped = (text) =>
	text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
