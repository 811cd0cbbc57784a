/**
 * Paints a network in the detail that a zoom allows: stages as a ribbon, their blocks, operations with names and
 * shapes. It touches only what is in view.
 */
import { bisector } from 'd3';
import type { Shape } from '$lib/network';
import { contentTexts, SMALLEST, write, type Lines } from './labels';
import { textWidth, type Pen, type Point, type Stroke } from './pen';
import {
	GROUP_HEADER,
	KINDS,
	OP,
	type Edge,
	type GraphLayout,
	type GroupBox,
	type Key,
	type Kind,
	type OpBox,
	type Rect,
	type UnitBox
} from './layout';

/**
 * Screen = (world x · k + x, world y · ky + y). From afar a network would be a thin line, so it is then stretched
 * vertically, to let stages and blocks be seen and pointed at.
 */
export interface Viewport {
	readonly k: number;
	readonly ky: number;
	readonly x: number;
	readonly y: number;
}

/** The part of a network in view, independent of the screen's width: centre and span, in units of the layout. */
export interface Framing {
	readonly x: number;
	readonly y: number;
	/** Distance from the left to the right edge of the picture. */
	readonly span: number;
}

/** The view for a transform of d3-zoom in a picture of the given height. */
export function viewAt(
	{ k, x, y }: { readonly k: number; readonly x: number; readonly y: number },
	layout: Rect,
	height: number
): Viewport {
	const fits = Math.min(1, height / layout.height);
	if (k >= fits) return { k, ky: k, x, y };
	return { k, ky: fits, x, y: height / 2 - (layout.y + layout.height / 2) * fits };
}

export interface Palette {
	readonly kinds: Readonly<Record<Kind, string>>;
	/** Background of a stage; grey, because hues are for operations. */
	readonly stage: string;
	readonly surface: string;
	readonly text: string;
	readonly muted: string;
	readonly line: string;
	readonly shortcut: string;
	readonly accent: string;
	/** Colour of the mark on a cut shortcut. */
	readonly danger: string;
}

export interface Labels {
	/** Texts for an operation, the longest first; the first that fits is taken. The same holds below. */
	op(op: Pick<OpBox, 'node'>): Lines;
	group(group: GroupBox): string;
	/** Caption of a stage: name, size and repetitions. */
	caption(stage: GroupBox): readonly Lines[];
	/** Content of a closed box: rows of parts, see `contentTexts`. */
	content(box: GroupBox | UnitBox): readonly Lines[];
	/** Name of a kind in the legend. */
	kind(kind: Kind): string;
	shortcut(): string;
}

export interface Picture {
	readonly layout: GraphLayout;
	readonly view: Viewport;
	readonly width: number;
	readonly height: number;
	readonly palette: Palette;
	readonly labels: Labels;
	/** One gate per block of the network; 0 if the shortcut is cut. */
	readonly gates: readonly number[];
	readonly selected: Key | null;
	/** Colours of operations by id, instead of those of their kinds; operations are then drawn without names. */
	readonly tints?: ReadonlyMap<string, string>;
	/** A band marked over the full height, in units of the layout. */
	readonly band?: { readonly x: number; readonly width: number } | null;
	/** Level of detail, if not decided by the zoom. */
	readonly level?: Level;
}

export type Level = 'stage' | 'block' | 'op';

/** Least widths, in pixels, at which elements of each level are drawn. */
const FROM = { op: 34, opAlone: 4, block: 1.5, outline: 5, content: 16, title: 14 };

/** The finest level whose elements can be distinguished at a zoom. */
export function levelAt({ blocks, units }: GraphLayout, k: number): Level {
	// If layers are never closed, operations appear at a smaller zoom.
	if (OP.width * k >= (units ? FROM.op : FROM.opAlone)) return 'op';
	const widest = Math.max(...(blocks.length ? blocks : (units ?? [])).map(({ width }) => width));
	return widest * k >= FROM.block ? 'block' : 'stage';
}

export const formatShape = (shape: Shape) => shape.join('×');

const leftEdge = bisector((op: OpBox) => op.x).left;

/** The operations between two x of the world. */
function opsBetween({ ops }: GraphLayout, from: number, to: number): readonly OpBox[] {
	const widest = Math.max(...ops.map(({ width }) => width));
	return ops.slice(leftEdge(ops, from - widest), leftEdge(ops, to));
}

export function paint(pen: Pen, picture: Picture): void {
	const { layout, view, width, palette } = picture;
	const from = -view.x / view.k;
	const to = (width - view.x) / view.k;
	const seen = (r: Rect) => r.x < to && r.x + r.width > from;
	const level = picture.level ?? levelAt(layout, view.k);
	pen.rect(0, 0, width, picture.height, { fill: palette.surface });

	for (const stage of layout.stages) if (seen(stage)) paintStage(pen, picture, stage, level);
	if (picture.band) {
		const { x, width: w } = picture.band;
		const { k } = view;
		pen.rect(x * k + view.x, 0, w * k, picture.height, { fill: palette.accent, opacity: 0.18 });
	}
	if (level === 'block') {
		paintSpine(pen, picture);
		for (const unit of layout.units ?? []) if (seen(unit)) paintClosed(pen, picture, unit);
		for (const block of layout.blocks) if (seen(block)) paintClosed(pen, picture, block);
	}
	if (level === 'op') {
		for (const block of layout.blocks) if (seen(block)) paintBlock(pen, picture, block);
		// Edges go from left to right.
		for (const edge of layout.edges)
			if (edge.points[0][0] < to && edge.points[edge.points.length - 1][0] > from)
				paintEdge(pen, picture, edge);
		for (const op of opsBetween(layout, from, to)) paintOp(pen, picture, op);
		paintSums(pen, picture);
	} else paintArcs(pen, picture, seen);
}

const toScreen = ({ k, ky, x, y }: Viewport, r: Rect): Rect => ({
	x: r.x * k + x,
	y: r.y * ky + y,
	width: r.width * k,
	height: r.height * ky
});

const place = ({ k, ky, x, y }: Viewport, [px, py]: Point): Point => [px * k + x, py * ky + y];

function paintStage(pen: Pen, picture: Picture, stage: GroupBox, level: Level): void {
	const { view, palette, labels, layout } = picture;
	const r = toScreen(view, stage);
	pen.rect(r.x, r.y, r.width, r.height, {
		fill: palette.stage,
		radius: Math.min(8, r.width / 4),
		stroke: outline(picture, stage.key, palette.line)
	});
	const closed = level === 'op' || level === 'stage' ? [] : closedIn(layout, stage);
	const top = Math.min(...closed.map(topOf)) * view.ky + view.y;
	const below =
		level === 'op' ? r.y + GROUP_HEADER * view.ky : closed.length ? top : r.y + r.height;
	const texts = labels.caption(stage);
	// If the content does not fit into each block, it is written once for the stage.
	const [content] = layout.blocks.filter((block) => block.stage === stage.stage);
	const told =
		content && level !== 'op' && !hasRoom(toScreen(view, content), labels.content(content));
	const parts = told ? [labels.content(content).flat().join(' · ')] : [];
	title(pen, picture, { ...r, height: below - r.y }, [
		...(told ? texts.slice(0, 1).map((lines) => [...lines, ...parts]) : []),
		...texts
	]);
}

/** Blocks and units of a stage. */
const closedIn = ({ blocks, units = [] }: GraphLayout, { stage, id }: GroupBox) => [
	...blocks.filter((block) => block.stage === stage && !block.nodes[0].node.auxiliary),
	...units.filter(({ nodes }) => nodes[0].node.stage === id)
];

const isGroup = (box: GroupBox | UnitBox): box is GroupBox => 'level' in box;

/** Height of a closed block, enough for the three layers of a bottleneck. */
const CLOSED = 82;

/** The rectangle of a closed box; for a block, that of its branch, with the shortcut above it. */
function bodyOf(box: GroupBox | UnitBox): Rect {
	if (!isGroup(box)) return box;
	return box.block?.shortcut
		? { ...box, y: -CLOSED / 2, height: CLOSED }
		: { ...box, y: box.y + 22, height: box.height - 34 };
}

/** The upper edge of a closed box including its arc. */
const topOf = (box: GroupBox | UnitBox) =>
	isGroup(box) && box.block?.shortcut ? arcTop(box) : bodyOf(box).y;
const arcTop = (block: GroupBox) => block.y + 18;

/** A line from the first box to the last, which shows that they follow one another. */
function paintSpine(pen: Pen, { layout: { ops }, view, palette }: Picture): void {
	const last = Math.max(...ops.map(({ x, width }) => x + width));
	straight(pen, place(view, [ops[0].x, 0]), place(view, [last, 0]), { colour: palette.muted });
}

const hasRoom = (r: Rect, rows: readonly Lines[]) =>
	contentTexts(rows).some((lines) =>
		lines.every((line) => textWidth(line, SMALLEST) <= r.width - 2)
	);

function paintClosed(pen: Pen, picture: Picture, box: GroupBox | UnitBox): void {
	const { view, palette, labels } = picture;
	const r = toScreen(view, bodyOf(box));
	const key = isGroup(box) ? box.key : box.nodes.map(keyOf).find((own) => own === picture.selected);
	const chosen = key !== undefined && picture.selected === key;
	pen.rect(r.x, r.y, r.width, r.height, {
		fill: palette.kinds[isGroup(box) ? 'conv' : box.kind],
		radius: Math.min(6, r.width / 4),
		stroke:
			r.width >= FROM.outline || chosen
				? outline(picture, chosen ? picture.selected : null, palette.muted)
				: undefined
	});
	if (r.width < FROM.content) return;
	const inner = { x: r.x + 1, y: r.y, width: r.width - 2, height: r.height };
	const texts = contentTexts(labels.content(box));
	const names = isGroup(box) ? [labels.group(box)] : labels.op({ node: box.nodes[0] });
	write(pen, [...texts, ...names.map((name) => [name])], inner, {
		colour: palette.text
	});
}

const keyOf = ({ node }: UnitBox['nodes'][number]): Key => `op:${node.id}`;

/** The frame and name of an open block. */
function paintBlock(pen: Pen, picture: Picture, block: GroupBox): void {
	const { view, palette, labels } = picture;
	const r = toScreen(view, block);
	pen.rect(r.x, r.y, r.width, r.height, {
		fill: palette.surface,
		radius: Math.min(6, r.width / 4),
		stroke: outline(picture, block.key, palette.line)
	});
	title(pen, picture, { ...r, height: GROUP_HEADER * view.ky }, [[labels.group(block)]], false);
}

/** Writes the first text that fits at the top of a box; it stays in view as long as the box does. */
function title(
	pen: Pen,
	{ palette, width }: Picture,
	r: Rect,
	texts: readonly Lines[],
	bold = true
): void {
	const left = Math.max(r.x, 0) + 6;
	const room = Math.min(r.x + r.width, width) - left - 4;
	write(
		pen,
		texts,
		{ x: left, y: r.y + 3, width: room, height: r.height - 3 },
		{
			colour: palette.muted,
			align: 'start',
			bold
		}
	);
}

function outline({ selected, palette }: Picture, key: Key | null, colour: string) {
	return key !== null && selected === key
		? { colour: palette.accent, width: 3 }
		: { colour, width: 1 };
}

function paintOp(pen: Pen, picture: Picture, op: OpBox): void {
	const { view, palette, labels, tints } = picture;
	const r = toScreen(view, op);
	const { kind } = op;
	pen.rect(r.x, r.y, r.width, r.height, {
		fill: tints ? (tints.get(op.id) ?? palette.surface) : palette.kinds[kind],
		radius: Math.min(kind === 'join' ? 12 : 6, r.width / 4),
		stroke: {
			...outline(picture, op.key, palette.muted),
			...(kind === 'drop' || op.node.node.auxiliary ? { dash: [4, 3] } : {})
		}
	});
	if (tints) return;
	const shape = formatShape(op.node.outputShape);
	const inner = { ...r, x: r.x + 2, width: r.width - 4 };
	const names = labels.op(op);
	write(pen, [...names.map((name) => [name, shape]), ...names.map((name) => [name])], inner, {
		colour: palette.text
	});
}

function paintEdge(pen: Pen, picture: Picture, edge: Edge): void {
	const { view, palette, gates } = picture;
	const gate = edge.shortcut === null ? null : gates[edge.shortcut];
	const points = edge.points.map((p) => place(view, p));
	pen.line(
		points,
		gate === null ? { colour: palette.muted, width: 1.25 } : shortcutStroke(palette, gate, 2.5),
		edge.curved ? 'curve' : { radius: Math.min(8, shortestPart(points) / 2) }
	);
	// The middle segment of an arc is horizontal.
	if (gate === 0 && points.length >= 3) {
		const [[ax, ay], [bx]] = points.slice(-3);
		paintCut(pen, palette, (ax + bx) / 2, ay);
	}
}

function shortestPart(points: readonly Point[]): number {
	return Math.min(
		...points.slice(1).map(([x, y], i) => Math.hypot(x - points[i][0], y - points[i][1]))
	);
}

/** Stroke of a shortcut: fainter for a smaller gate, dashed if cut. */
function shortcutStroke(palette: Palette, gate: number, width: number): Stroke {
	if (gate === 0) return { colour: palette.muted, width: Math.min(width, 1.5), dash: [3, 4] };
	return { colour: palette.shortcut, width, opacity: 0.35 + 0.65 * gate };
}

const straight = (pen: Pen, from: Point, to: Point, stroke: Stroke) =>
	pen.line([from, to], stroke, { radius: 0 });

/** Marks a cut with a cross, because colour alone must not carry meaning. */
function paintCut(pen: Pen, { danger }: Palette, x: number, y: number): void {
	const arm = 4;
	for (const slope of [-1, 1])
		straight(pen, [x - arm, y - slope * arm], [x + arm, y + slope * arm], {
			colour: danger,
			width: 2
		});
}

/** Paints sums as circles with a plus, if there is room. */
function paintSums(pen: Pen, { layout, view, palette }: Picture): void {
	const radius = 4;
	for (const sum of layout.sums ?? []) {
		const [x, y] = place(view, sum);
		if (OP.width * view.k < 4 * radius) continue;
		pen.rect(x - radius, y - radius, 2 * radius, 2 * radius, {
			fill: palette.surface,
			radius,
			stroke: { colour: palette.text }
		});
		straight(pen, [x - 2, y], [x + 2, y], { colour: palette.text });
		straight(pen, [x, y - 2], [x, y + 2], { colour: palette.text });
	}
}

/** Arcs of shortcuts above closed blocks. */
function paintArcs(pen: Pen, picture: Picture, seen: (r: Rect) => boolean): void {
	const { layout, view, palette, gates } = picture;
	for (const group of layout.blocks) {
		if (!group.block?.shortcut || !seen(group)) continue;
		const r = toScreen(view, bodyOf(group));
		if (r.width < FROM.block) continue;
		const gate = gates[group.block.index];
		const over = arcTop(group) * view.ky + view.y;
		const rise = Math.min(14, r.width / 2);
		// Leaves a gap to the next arc.
		const [left, right] = [r.x + r.width / 16, r.x + (15 * r.width) / 16];
		pen.line(
			[
				[left, r.y],
				[left, over],
				[right, over],
				[right, r.y]
			],
			shortcutStroke(palette, gate, Math.min(2, Math.max(0.75, r.width / 8))),
			{ radius: rise }
		);
		if (gate === 0 && r.width > 10) paintCut(pen, palette, r.x + r.width / 2, over);
	}
}

/** Height of a legend below a picture, in pixels. */
export const LEGEND = 26;

/** Paints the legend of colours in one line from (8, y). */
export function paintLegend(pen: Pen, palette: Palette, labels: Labels, y: number): void {
	const size = 12;
	let x = 8;
	for (const kind of KINDS) {
		pen.rect(x, y - 6, 16, 12, {
			fill: palette.kinds[kind],
			radius: 3,
			stroke: { colour: palette.muted, dash: kind === 'drop' ? [4, 3] : [] }
		});
		const text = labels.kind(kind);
		pen.text(x + 21, y, text, { size, colour: palette.text, align: 'start' });
		x += 21 + textWidth(text, size) + 16;
	}
	straight(pen, [x, y], [x + 16, y], { colour: palette.shortcut, width: 2.5 });
	pen.text(x + 21, y, labels.shortcut(), { size, colour: palette.text, align: 'start' });
}

/** Distance from a line, in pixels, that still counts as on it. */
const REACH = 8;
/** The same for a finger. */
const FINGER_REACH = 18;

/** The finest drawn element under a point of the screen; shortcuts count within a few pixels. */
export function hit(
	layout: GraphLayout,
	view: Viewport,
	x: number,
	y: number,
	finger = false
): { key: Key } | { shortcut: number } | null {
	const within = finger ? FINGER_REACH : REACH;
	const wx = (x - view.x) / view.k;
	const wy = (y - view.y) / view.ky;
	const inside = (r: Rect) => wx >= r.x && wx <= r.x + r.width && wy >= r.y && wy <= r.y + r.height;
	const level = levelAt(layout, view.k);
	if (level === 'op') {
		const op = opsBetween(layout, wx, wx + 1).find(inside);
		if (op) return { key: op.key };
		for (const edge of layout.edges) {
			// Edges go from left to right, so most can be skipped.
			const [from, to] = [edge.points[0][0], edge.points[edge.points.length - 1][0]];
			const reach = within / view.k;
			if (edge.shortcut === null || wx < from - reach || wx > to + reach) continue;
			const points = edge.points.map((p) => place(view, p));
			if (near(points, x, y, within)) return { shortcut: edge.shortcut };
		}
	}
	const block = level === 'stage' ? undefined : layout.blocks.find(inside);
	const unit = level === 'block' && layout.units?.find(inside);
	if (unit) return { key: keyOf(unit.nodes[0]) };
	// While blocks are closed, a point above the branch is on the shortcut.
	if (block?.block?.shortcut && level === 'block' && wy < bodyOf(block).y)
		return { shortcut: block.block.index };
	if (block) return { key: block.key };
	const stage = layout.stages.find(inside);
	return stage ? { key: stage.key } : null;
}

function near(points: readonly Point[], x: number, y: number, reach: number): boolean {
	for (let i = 1; i < points.length; i++) {
		const [x0, y0] = points[i - 1];
		const [x1, y1] = points[i];
		const length = (x1 - x0) ** 2 + (y1 - y0) ** 2 || 1;
		const share = Math.max(0, Math.min(1, ((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / length));
		if (Math.hypot(x0 + share * (x1 - x0) - x, y0 + share * (y1 - y0) - y) <= reach) return true;
	}
	return false;
}

/** The transform that centres a rectangle at a given zoom. */
export const centred = (r: Rect, width: number, height: number, k: number) => ({
	k,
	x: width / 2 - (r.x + r.width / 2) * k,
	y: height / 2 - (r.y + r.height / 2) * k
});

/** The transform with which a rectangle fills the picture, at a zoom of at most `most`. */
export function transformOf(r: Rect, width: number, height: number, most = 1.6) {
	return centred(r, width, height, Math.min(most, width / r.width, height / r.height));
}
