/** Compiles shaders to pipelines, each text once per device, and binds buffers to them. */
import type { Conditional } from '../device/lane';
import type { Shader } from './shader';

/** A buffer that a shader declares. */
export type Binding = GPUBuffer | Region;

/** One dispatch of a step. */
export interface Dispatch extends Shader, Conditional {
	/** By the names that the text declares; it need not declare all. */
	readonly buffers: Readonly<Record<string, Binding | null>>;
}

/** A dispatch that is ready to be encoded. */
export interface BoundDispatch extends Conditional, Pick<Shader, 'workgroups'> {
	readonly pipeline: GPUComputePipeline;
	readonly bindings: GPUBindGroup;
}

/** First number and count, of 32 bits, of what lies in a buffer with others. */
export interface Place {
	readonly first: number;
	readonly count: number;
}

/** Part of a buffer, from a multiple of `REGION`. */
export interface Region extends Place {
	readonly buffer: GPUBuffer;
}

/** Numbers of 32 bits between which regions may start on every device. */
export const REGION = 64;

export const aligned = (numbers: number) => Math.ceil(numbers / REGION) * REGION;

interface Program {
	readonly pipeline: Promise<GPUComputePipeline>;
	readonly layout: GPUBindGroupLayout;
	/** Of the buffers, by their bindings. */
	readonly names: readonly string[];
}

const programs = new WeakMap<GPUDevice, Map<string, Program>>();

/**
 * Compiles what is not compiled yet and binds the buffers.
 * @param shared buffers that all dispatches may use
 * @throws Error with the compiler's words, or naming a buffer that is missing
 */
export function bind(
	device: GPUDevice,
	dispatches: readonly Dispatch[],
	shared: Readonly<Record<string, GPUBuffer>>
): Promise<BoundDispatch[]> {
	return Promise.all(
		dispatches.map(async ({ code, buffers, workgroups, when }) => {
			const { pipeline, layout, names } = programOf(device, code);
			const bindings = device.createBindGroup({
				layout,
				entries: names.map((name, binding) => {
					const part = buffers[name] ?? shared[name];
					if (!part) throw new Error(`no buffer for ${name} of ${names.join(', ')}`);
					const resource =
						'first' in part
							? { buffer: part.buffer, offset: part.first * 4, size: part.count * 4 }
							: { buffer: part };
					return { binding, resource };
				})
			});
			return { pipeline: await pipeline, bindings, workgroups, when };
		})
	);
}

/** The layout is read off the text, so that a buffer that a variant leaves unused is no error. */
function programOf(device: GPUDevice, code: string): Program {
	let known = programs.get(device);
	if (!known) programs.set(device, (known = new Map()));
	const found = known.get(code);
	if (found) return found;
	const declared = [...code.matchAll(/var<(uniform|storage, \w+)> (\w+)/g)];
	const layout = device.createBindGroupLayout({
		entries: declared.map(([, kind], binding) => ({
			binding,
			visibility: GPUShaderStage.COMPUTE,
			buffer: {
				type: kind === 'uniform' ? kind : kind.endsWith('read') ? 'read-only-storage' : 'storage'
			}
		}))
	});
	const names = declared.map(([, , name]) => name);
	const module = device.createShaderModule({ code });
	const pipeline = device
		.createComputePipelineAsync({
			// What it reads and writes tells profilers what it is.
			label: names.slice(1).join(' '),
			layout: device.createPipelineLayout({ bindGroupLayouts: [layout] }),
			compute: { module, entryPoint: 'main' }
		})
		.catch(async (error) => {
			const { messages } = await module.getCompilationInfo();
			const lines = code.split('\n');
			const texts = messages.map((m) => `${m.message}: ${lines[m.lineNum - 1]?.trim()}`);
			throw new Error([error.message, ...texts].join('\n'), { cause: error });
		});
	const program = { pipeline, layout, names };
	known.set(code, program);
	return program;
}
