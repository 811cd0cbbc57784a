/**
 * What all shaders share. Maps are `array<vec4f>`: `[N][H + 2][W + 2][V]` with V groups of four channels and
 * a border of zeros. Sizes are constants of the text, so that a compiler can unroll; what changes from step to
 * step stands in the uniform `step`.
 */
import type { Activation } from '$lib/network';
import { ACTIVATION_FORMULAS } from '../math/activations';
import { wgsl } from '../math/print';
import { padded, type MapShape } from '../plan/plan';

/** A map's sizes in groups of four channels. */
export interface Grid extends MapShape {
	/** Groups of four channels. */
	readonly groups: number;
	readonly row: number;
	readonly image: number;
}

export function grid({ height, width, channels }: MapShape): Grid {
	const groups = padded(channels) / 4;
	const row = (width + 2) * groups;
	return { height, width, channels, groups, row, image: (height + 2) * row };
}

/** Layout of the uniform `step`, in 32-bit words. */
export const STEP_WORDS = 8;
const STEP = `
struct Step {
	images: u32,
	training: u32,
	learningRate: f32,
	momentum: f32,
	weightDecay: f32,
	optimiser: u32,
	correction: f32,
	clip: f32,
}
@group(0) @binding(0) var<uniform> step: Step;
`;

/** What a dispatch runs, but for its buffers. */
export interface Shader {
	readonly code: string;
	readonly workgroups: Workgroups | ((images: number) => Workgroups);
}
type Workgroups = readonly [x: number, y?: number];

/** Most workgroups along an axis. */
const MOST = 65535;

/** Which threads run a shader. */
export interface Threads extends Pick<Shader, 'workgroups'> {
	/** Of a workgroup, `THREADS` if not given. */
	readonly threads?: number;
	/** Whether the workgroups of one axis are more than `MOST`, so that they continue along the other. */
	readonly folded?: boolean;
	/** How the shader begins: ends threads that are too many, and names what the others work on. */
	readonly start: string;
}

export const THREADS = 64;
const workgroupsOf = (threads: number) => Math.ceil(threads / THREADS);

const fold = (count: number): Pick<Threads, 'workgroups' | 'folded'> =>
	count > MOST
		? { workgroups: [MOST, Math.ceil(count / MOST)], folded: true }
		: { workgroups: [count] };

export const linear = (count: number): Threads => ({
	...fold(workgroupsOf(count)),
	start: `if (id.x >= ${count}u) { return; }`
});

/** So many of each image, so many times. */
export const perImage = (count: number, times = 1): Threads => ({
	workgroups: (images) => [workgroupsOf(images * count), times],
	start: `if (id.x >= step.images * ${count}u) { return; }`
});

/** One for each group of each pixel of a map: `group` of (`row`, `column`) of image `n`. */
export const perPixel = ({ height, width, groups }: Omit<Grid, 'row' | 'image'>): Threads => ({
	workgroups: (images) => [workgroupsOf(width * groups), images * height],
	start: `if (id.x >= ${width * groups}u) { return; }
	let group = id.x % ${groups}u;
	let column = id.x / ${groups}u;
	let n = id.y / ${height}u;
	let row = id.y % ${height}u;`
});

/** A workgroup of so many for each of `count`. */
export const workgroups = (count: number, threads: number): Threads => ({
	...fold(count),
	threads,
	start: count > MOST ? `if (workgroup.x >= ${count}u) { return; }` : ''
});

type Access = 'r' | 'rw';

/**
 * A shader that declares buffers as bindings 1, 2, … in order: arrays of vec4f unless a type is given. What is null or
 * false is not declared.
 * @param text `main` is the body of a function of `id`, `workgroup` and the `thread` in it; `declarations` stand before it
 */
export function shader(
	{ workgroups, threads = THREADS, folded = false, start }: Threads,
	text: {
		readonly buffers: Readonly<Record<string, Access | `${Access} ${string}` | null | false>>;
		readonly declarations?: string;
		readonly main: string;
	}
): Shader {
	const buffers = Object.entries(text.buffers).flatMap(([name, declared]) => {
		if (!declared) return [];
		const [access, type = 'vec4f'] = declared.split(' ');
		return `var<storage, ${access === 'r' ? 'read' : 'read_write'}> ${name}: array<${type}>;`;
	});
	const [id, workgroup] = folded ? ['foldedId', 'foldedWorkgroup'] : ['id', 'workgroup'];
	const unfold = `let id = vec3u(${id}.x + ${id}.y * ${MOST * threads}u, 0, 0);
	let workgroup = vec3u(${workgroup}.x + ${workgroup}.y * ${MOST}u, 0, 0);
	`;
	const code = `
${STEP}
${buffers.map((buffer, i) => `@group(0) @binding(${i + 1}) ${buffer}`).join('\n')}
${text.declarations ?? ''}
@compute @workgroup_size(${threads})
fn main(
	@builtin(global_invocation_id) ${id}: vec3u,
	@builtin(workgroup_id) ${workgroup}: vec3u,
	@builtin(local_invocation_index) thread: u32
) {
	${folded ? unfold : ''}${start}${text.main}
}`;
	return { code, workgroups };
}

/** Where the thread's own group of its own pixel lies in the map that `perPixel` goes over: without a division. */
export const ownAt = ({ image, row, groups }: Grid) =>
	`n * ${image}u + (row + 1u) * ${row}u + ${groups}u + id.x`;

/** Where a pixel of image `n` lies in a map, and where `group` of it does. */
export const pixelStart = ({ image, row: size, groups }: Grid, row = 'row', column = 'column') =>
	`n * ${image}u + (${row} + 1u) * ${size}u + (${column} + 1u) * ${groups}u`;
export const pixelAt = (...pixel: Parameters<typeof pixelStart>) =>
	`${pixelStart(...pixel)} + group`;

/** Multiplies a value by 0 in the channels of a group that only pad the map. */
export function clearPadding({ channels, groups }: Grid, value: string): string {
	const rest = channels % 4;
	if (!rest) return '';
	const ones = [0, 1, 2, 3].map((k) => (k < rest ? 1 : 0));
	return `if (group == ${groups - 1}u) { ${value} *= vec4f(${ones.join()}); }`;
}

/** The activation as a function of a vec4f. */
export function activation(kind: Activation | null): string {
	const body = kind ? ACTIVATION_FORMULAS[kind].value(wgsl('vec4f'), 'x') : 'x';
	return `fn activate(x: vec4f) -> vec4f { return ${body}; }`;
}

/** dy · f′ in terms of the activation's output y. */
export function activationGradient(kind: Activation | null): string {
	const body = kind ? ACTIVATION_FORMULAS[kind].gradient(wgsl('vec4f'), 'dy', 'y') : 'dy';
	return `fn activateGradient(dy: vec4f, y: vec4f) -> vec4f { return ${body}; }`;
}

/** A tree over so many threads of a workgroup, a power of 2; `body` joins what one of them has with what the one `half` further on has. */
export const halves = (threads: number, body: string) =>
	threads === 1
		? ''
		: `	for (var half = ${threads / 2}u; half > 0u; half /= 2u) {
		workgroupBarrier();
${body}
	}`;
