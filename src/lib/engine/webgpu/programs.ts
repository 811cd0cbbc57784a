/** Compiles shaders to pipelines, each text once per device, and binds buffers to them. */

/** One dispatch of a step, ready to be encoded. */
export interface Dispatch {
	readonly pipeline: GPUComputePipeline;
	readonly bindings: GPUBindGroup;
	readonly workgroups: (images: number) => readonly [x: number, y?: number];
}

/** Part of a buffer: numbers of 32 bits, from a multiple of `REGION`. */
export interface Region {
	readonly buffer: GPUBuffer;
	readonly first: number;
	readonly count: number;
}

/** Numbers of 32 bits between which regions may start on every device. */
export const REGION = 64;

export const aligned = (numbers: number) => Math.ceil(numbers / REGION) * REGION;

interface Program {
	readonly pipeline: Promise<GPUComputePipeline>;
	readonly layout: GPUBindGroupLayout;
}

const programs = new WeakMap<GPUDevice, Map<string, Program>>();

/**
 * Binds buffers to a shader: the step's uniform first, then storage buffers in the order of its declarations.
 * The layout is read off the text, so that a buffer that a variant leaves unused is no error.
 */
export async function bind(
	device: GPUDevice,
	code: string,
	buffers: readonly (GPUBuffer | Region)[],
	workgroups: Dispatch['workgroups']
): Promise<Dispatch> {
	const { pipeline, layout } = programOf(device, code);
	return {
		pipeline: await pipeline,
		bindings: device.createBindGroup({
			layout,
			entries: buffers.map((part, binding) => ({
				binding,
				resource:
					'first' in part
						? { buffer: part.buffer, offset: part.first * 4, size: part.count * 4 }
						: { buffer: part }
			}))
		}),
		workgroups
	};
}

function programOf(device: GPUDevice, code: string): Program {
	let known = programs.get(device);
	if (!known) programs.set(device, (known = new Map()));
	const found = known.get(code);
	if (found) return found;
	const types: GPUBufferBindingType[] = [...code.matchAll(/var<(uniform|storage, \w+)>/g)].map(
		([, kind]) =>
			kind === 'uniform' ? 'uniform' : kind.endsWith('read') ? 'read-only-storage' : 'storage'
	);
	const layout = device.createBindGroupLayout({
		entries: types.map((type, binding) => ({
			binding,
			visibility: GPUShaderStage.COMPUTE,
			buffer: { type }
		}))
	});
	const module = device.createShaderModule({ code });
	const pipeline = device
		.createComputePipelineAsync({
			// What it reads and writes tells profilers what it is.
			label: [...code.matchAll(/var<storage, \w+> (\w+)/g)].map(([, name]) => name).join(' '),
			layout: device.createPipelineLayout({ bindGroupLayouts: [layout] }),
			compute: { module, entryPoint: 'main' }
		})
		.catch(async (error) => {
			const { messages } = await module.getCompilationInfo();
			const lines = code.split('\n');
			const texts = messages.map((m) => `${m.message}: ${lines[m.lineNum - 1]?.trim()}`);
			throw new Error([error.message, ...texts].join('\n'), { cause: error });
		});
	const program = { pipeline, layout };
	known.set(code, program);
	return program;
}
