/** Compiles fragment programs, each text once per context, and runs them as draws of one triangle. */
import type { UpdateConstants } from '../optimiser';
import type { Texture } from './textures';

/** A texture, or one that changes from step to step. */
export type Source = Texture | (() => Texture);

/** Layers that a draw writes; the first stands at the first output. */
export interface Target {
	readonly texture: Source;
	readonly first?: number;
	/** All from the first when not given. */
	readonly layers?: number;
}

/** Part of the target's texels; all when not given. */
export type Area = readonly [x: number, y: number, width: number, height: number];

export interface DrawCall {
	readonly code: string;
	readonly inputs: Readonly<Record<string, Source>>;
	readonly targets: readonly Target[];
	readonly area?: Area;
	/** First texel among the parameters, for the programs that ask for it. */
	readonly first?: number;
	/** Read when the draw is made. */
	readonly gate?: () => number;
}

/** What changes from step to step. */
export interface StepUniforms {
	readonly count: number;
	readonly training: boolean;
	/** Of a training step. */
	readonly update?: UpdateConstants;
	readonly dropout?: { readonly key: number; readonly threshold: number };
}

const VERTEX = `#version 300 es
void main() { gl_Position = vec4(gl_VertexID == 1 ? 3 : -1, gl_VertexID == 2 ? 3 : -1, 0, 1); }`;

interface Program {
	readonly handle: WebGLProgram;
	readonly locations: Map<string, WebGLUniformLocation | null>;
}

const now = (source: Source) => (typeof source === 'function' ? source() : source);

export class Programs {
	readonly #gl: WebGL2RenderingContext;
	readonly #programs = new Map<string, Program>();
	/** By the textures and layers that they write. */
	readonly #framebuffers = new Map<string, WebGLFramebuffer>();
	readonly #names = new WeakMap<WebGLTexture, number>();
	readonly #vertices: WebGLVertexArrayObject;
	#named = 0;

	constructor(gl: WebGL2RenderingContext) {
		this.#gl = gl;
		this.#vertices = gl.createVertexArray();
	}

	/** Starts compiling; drivers with threads of their own do it meanwhile. */
	prepare(draws: readonly DrawCall[]): void {
		for (const { code } of draws) this.#program(code);
	}

	/** Waits until all programs of the draws are linked. @throws Error with the compiler's words */
	async ready(draws: readonly DrawCall[]): Promise<void> {
		const gl = this.#gl;
		const parallel = gl.getExtension('KHR_parallel_shader_compile');
		for (const code of new Set(draws.map((draw) => draw.code))) {
			const { handle } = this.#program(code);
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
	}

	/** Makes the draws in order. The state that it changes is the caller's to put back. */
	run(draws: readonly DrawCall[], step: StepUniforms): void {
		const gl = this.#gl;
		gl.bindVertexArray(this.#vertices);
		gl.disable(gl.SCISSOR_TEST);
		gl.disable(gl.BLEND);
		for (const draw of draws) {
			const { handle, locations } = this.#program(draw.code);
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
			gl.uniform1i(locate('count'), step.count);
			gl.uniform1i(locate('training'), step.training ? 1 : 0);
			gl.uniform2ui(locate('dropout'), step.dropout?.key ?? 0, step.dropout?.threshold ?? 0);
			if (step.update) {
				const { code, learningRate, momentum, weightDecay, correction, clip } = step.update;
				gl.uniform4f(locate('recipe'), learningRate, momentum, weightDecay, correction);
				gl.uniform1i(locate('optimiser'), code);
				gl.uniform1f(locate('clip'), clip < Infinity ? clip : 0);
			}
			if (draw.first !== undefined) gl.uniform1i(locate('first'), draw.first);
			if (draw.gate) gl.uniform1f(locate('gate'), draw.gate());
			gl.bindFramebuffer(gl.FRAMEBUFFER, this.#framebuffer(draw.targets));
			const { width, height } = now(draw.targets[0].texture);
			gl.viewport(...(draw.area ?? ([0, 0, width, height] as const)));
			if (draw.area) {
				gl.enable(gl.SCISSOR_TEST);
				gl.scissor(...draw.area);
			}
			gl.drawArrays(gl.TRIANGLES, 0, 3);
			if (draw.area) gl.disable(gl.SCISSOR_TEST);
		}
	}

	/** Makes a layer the one that is read back. */
	bindForReading(texture: Texture, layer: number): void {
		this.#gl.bindFramebuffer(
			this.#gl.FRAMEBUFFER,
			this.#framebuffer([{ texture, first: layer, layers: 1 }])
		);
	}

	/** Forgets the framebuffers: their textures are about to be released. */
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

	#program(code: string): Program {
		const found = this.#programs.get(code);
		if (found) return found;
		const gl = this.#gl;
		const handle = gl.createProgram();
		for (const [type, source] of [
			[gl.VERTEX_SHADER, VERTEX],
			[gl.FRAGMENT_SHADER, code]
		] as const) {
			const shader = gl.createShader(type)!;
			gl.shaderSource(shader, source);
			gl.compileShader(shader);
			gl.attachShader(handle, shader);
		}
		gl.linkProgram(handle);
		const program = { handle, locations: new Map() };
		this.#programs.set(code, program);
		return program;
	}

	#framebuffer(targets: readonly Target[]): WebGLFramebuffer {
		const gl = this.#gl;
		const layers = targets.flatMap((target) => {
			const texture = now(target.texture);
			const first = target.first ?? 0;
			return Array.from({ length: target.layers ?? texture.layers - first }, (_, i) => ({
				handle: texture.handle,
				layer: first + i
			}));
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
