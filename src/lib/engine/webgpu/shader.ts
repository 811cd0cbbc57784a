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
export interface Grid {
	readonly height: number;
	readonly width: number;
	readonly channels: number;
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
export const STEP_WORDS = 12;
export const STEP = `
struct Step {
	images: u32,
	training: u32,
	learningRate: f32,
	momentum: f32,
	weightDecay: f32,
	optimiser: u32,
	correction: f32,
	clip: f32,
	dropoutKey: u32,
	dropoutThreshold: u32,
}
@group(0) @binding(0) var<uniform> step: Step;
`;

/** Declares storage buffers as bindings 1, 2, … in order: `name: 'r' | 'rw'`, of vec4f unless a type is given. */
export function bindings(
	buffers: Record<string, 'r' | 'rw' | readonly ['r' | 'rw', string]>
): string {
	return Object.entries(buffers)
		.map(([name, declared], i) => {
			const [access, type] = typeof declared === 'string' ? [declared, 'vec4f'] : declared;
			return `@group(0) @binding(${i + 1}) var<storage, ${access === 'r' ? 'read' : 'read_write'}> ${name}: array<${type}>;`;
		})
		.join('\n');
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

/** `0, 1, … count − 1` each through a template, joined. */
export function each(count: number, text: (i: number) => string): string {
	return Array.from({ length: count }, (_, i) => text(i)).join('\n');
}

/** A tree over so many threads of a workgroup, a power of 2; `body` joins what one of them has with what the one `half` further on has. */
export const halves = (threads: number, body: string) =>
	threads === 1
		? ''
		: `	for (var half = ${threads / 2}u; half > 0u; half /= 2u) {
		workgroupBarrier();
${body}
	}`;
