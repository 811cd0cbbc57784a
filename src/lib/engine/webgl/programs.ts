/** Compiles fragment programs, each text once per context, and runs them as draws of one triangle. */
import type { Conditional, StepValues } from '../device/lane';
import { SCALARS } from '../math/optimisers';
import { each } from '../math/print';
import { HEADER } from './layout';
import type { Texture } from './memory';

/** A texture, or one that changes from step to step. */
export type Source = Texture | (() => Texture);

/** The part of the target to draw; all of it when absent. */
export type Area = readonly [x: number, y: number, width: number, height: number];

/** Points to draw, each of which is added to what is there, instead of one triangle. */
export interface Points {
	/** Functions and `main` of a vertex shader; the declarations of inputs are added. */
	readonly code: string;
	readonly count: (images: number) => number;
}

/** One draw of a step. */
export interface Dispatch extends Conditional {
	/** Functions and `main`; the declarations of inputs and outputs are added. */
	readonly code: string;
	readonly points?: Points;
	/** Textures by the names of the program's samplers. */
	readonly inputs: Readonly<Record<string, Source>>;
	/** Textures to write; their layers, in order, are the outputs `out0`, `out1`, … */
	readonly targets: readonly Source[];
	readonly area?: Area;
	/** First texel among the parameters, for programs that need it. */
	readonly first?: number;
	/** Index of the plan's dropout whose mask the program draws. */
	readonly dropout?: number | null;
	/** Returns the gate at the time of the draw. */
	readonly gate?: () => number;
}

const VERTEX = `#version 300 es
void main() { gl_Position = vec4(gl_VertexID == 1 ? 3 : -1, gl_VertexID == 2 ? 3 : -1, 0, 1); }`;

interface Program {
	readonly handle: WebGLProgram;
	readonly locations: Map<string, WebGLUniformLocation | null>;
}

/** A dispatch whose program is compiled. */
export interface Draw extends Dispatch {
	readonly program: Program;
}

const now = (source: Source) => (typeof source === 'function' ? source() : source);

/**
 * The complete texts of the vertex and the fragment shader, with the layers of the targets as outputs. All samplers are 2D
 * texture arrays; flat textures have a single layer.
 */
function textsOf({ code, points, inputs, targets }: Dispatch): readonly [string, string] {
	const samplers = Object.keys(inputs).map((name) => `uniform sampler2DArray ${name};`);
	const head = [HEADER, ...samplers].join('\n');
	const count = targets.reduce((sum, target) => sum + now(target).layers, 0);
	const outputs = each(count, (i) => `layout(location = ${i}) out vec4 out${i};`);
	return [points ? `${head}\n${points.code}` : VERTEX, `${head}\n${outputs}\n${code}`];
}

export class Programs {
	readonly #gl: WebGL2RenderingContext;
	readonly #programs = new Map<string, Program>();
	/** Framebuffers by the textures and layers that they write. */
	readonly #framebuffers = new Map<string, WebGLFramebuffer>();
	readonly #names = new WeakMap<WebGLTexture, number>();
	readonly #vertices: WebGLVertexArrayObject;
	#named = 0;

	constructor(gl: WebGL2RenderingContext) {
		this.#gl = gl;
		this.#vertices = gl.createVertexArray();
	}

	/**
	 * Compiles all programs, in parallel if the driver can, and waits until they are linked.
	 * @throws Error with the compiler's message
	 */
	async ready(dispatches: readonly Dispatch[]): Promise<Draw[]> {
		const gl = this.#gl;
		const parallel = gl.getExtension('KHR_parallel_shader_compile');
		const draws = dispatches.map((draw) => ({ ...draw, program: this.#program(textsOf(draw)) }));
		for (const { handle } of new Set(draws.map(({ program }) => program))) {
			while (
				parallel &&
				!gl.isContextLost() &&
				!gl.getProgramParameter(handle, parallel.COMPLETION_STATUS_KHR)
			)
				await new Promise((resolve) => setTimeout(resolve, 4));
			if (gl.getProgramParameter(handle, gl.LINK_STATUS) || gl.isContextLost()) continue;
			const logs = (gl.getAttachedShaders(handle) ?? []).map((shader) =>
				gl.getShaderInfoLog(shader)
			);
			throw new Error([gl.getProgramInfoLog(handle), ...logs].filter(Boolean).join('\n'));
		}
		return draws;
	}

	/** Makes the draws in order. The caller must restore the context's state. */
	run(draws: readonly Draw[], step: StepValues): void {
		const gl = this.#gl;
		gl.bindVertexArray(this.#vertices);
		gl.disable(gl.SCISSOR_TEST);
		gl.disable(gl.BLEND);
		gl.blendFunc(gl.ONE, gl.ONE);
		const { update } = step;
		const recipe = update && SCALARS.map((name) => update[name]);
		for (const draw of draws) {
			const { handle, locations } = draw.program;
			gl.useProgram(handle);
			const locate = (name: string) => {
				let location = locations.get(name);
				if (location === undefined)
					locations.set(name, (location = gl.getUniformLocation(handle, name)));
				return location;
			};
			Object.entries(draw.inputs).forEach(([name, source], unit) => {
				gl.activeTexture(gl.TEXTURE0 + unit);
				gl.bindTexture(gl.TEXTURE_2D_ARRAY, now(source).handle);
				gl.uniform1i(locate(name), unit);
			});
			gl.uniform1i(locate('count'), step.images);
			gl.uniform1i(locate('training'), step.training ? 1 : 0);
			if (update && recipe) {
				const { code, clip } = update;
				gl.uniform4fv(locate('recipe'), recipe);
				gl.uniform1i(locate('optimiser'), code);
				gl.uniform1f(locate('clip'), clip < Infinity ? clip : 0);
			}
			if (draw.first !== undefined) gl.uniform1i(locate('first'), draw.first);
			if (draw.dropout != null) {
				const drawn = step.dropout?.[draw.dropout];
				gl.uniform2ui(locate('dropout'), drawn?.key ?? 0, drawn?.threshold ?? 0);
			}
			if (draw.gate) gl.uniform1f(locate('gate'), draw.gate());
			gl.bindFramebuffer(gl.FRAMEBUFFER, this.#framebuffer(draw.targets));
			const { width, height } = now(draw.targets[0]);
			gl.viewport(...(draw.area ?? ([0, 0, width, height] as const)));
			if (draw.area) {
				gl.enable(gl.SCISSOR_TEST);
				gl.scissor(...draw.area);
			}
			if (draw.points) {
				gl.enable(gl.BLEND);
				gl.drawArrays(gl.POINTS, 0, draw.points.count(step.images));
				gl.disable(gl.BLEND);
			} else gl.drawArrays(gl.TRIANGLES, 0, 3);
			if (draw.area) gl.disable(gl.SCISSOR_TEST);
		}
	}

	/** Binds a layer for reading back. */
	bindForReading(texture: Texture, layer: number): void {
		this.#gl.bindFramebuffer(this.#gl.FRAMEBUFFER, this.#framebuffer([texture], layer));
	}

	/** Deletes the framebuffers, because their textures are about to be released. */
	forgetTextures(): void {
		for (const framebuffer of this.#framebuffers.values()) this.#gl.deleteFramebuffer(framebuffer);
		this.#framebuffers.clear();
	}

	dispose(): void {
		this.forgetTextures();
		for (const { handle } of this.#programs.values()) this.#gl.deleteProgram(handle);
		this.#programs.clear();
		this.#gl.deleteVertexArray(this.#vertices);
	}

	#program(texts: ReturnType<typeof textsOf>): Program {
		const code = texts.join('\n');
		const found = this.#programs.get(code);
		if (found) return found;
		const gl = this.#gl;
		const handle = gl.createProgram();
		for (const [type, source] of [
			[gl.VERTEX_SHADER, texts[0]],
			[gl.FRAGMENT_SHADER, texts[1]]
		] as const) {
			const shader = gl.createShader(type);
			if (!shader) throw new Error('the WebGL context makes no shader');
			gl.shaderSource(shader, source);
			gl.compileShader(shader);
			gl.attachShader(handle, shader);
		}
		gl.linkProgram(handle);
		const program = { handle, locations: new Map() };
		this.#programs.set(code, program);
		return program;
	}

	/** The framebuffer of all layers, or of one. */
	#framebuffer(targets: readonly Source[], only?: number): WebGLFramebuffer {
		const gl = this.#gl;
		const layers = targets.flatMap((target) => {
			const { handle, layers: count } = now(target);
			return only === undefined
				? Array.from({ length: count }, (_, layer) => ({ handle, layer }))
				: [{ handle, layer: only }];
		});
		const key = layers.map(({ handle, layer }) => `${this.#nameOf(handle)}/${layer}`).join();
		const found = this.#framebuffers.get(key);
		if (found) return found;
		const framebuffer = gl.createFramebuffer();
		gl.bindFramebuffer(gl.FRAMEBUFFER, framebuffer);
		layers.forEach(({ handle, layer }, i) =>
			gl.framebufferTextureLayer(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0 + i, handle, 0, layer)
		);
		gl.drawBuffers(layers.map((_, i) => gl.COLOR_ATTACHMENT0 + i));
		this.#framebuffers.set(key, framebuffer);
		return framebuffer;
	}

	#nameOf(texture: WebGLTexture): number {
		const known = this.#names.get(texture);
		if (known !== undefined) return known;
		this.#names.set(texture, ++this.#named);
		return this.#named;
	}
}
