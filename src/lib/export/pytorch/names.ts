/** Parameters by their names here and in the exported `model.py`, and their layout in each. */
import type { Parameter } from '$lib/network';

const ROLES = { kernel: 'weight', gamma: 'weight', bias: 'bias', beta: 'bias' } as const;
const AVERAGES = { mean: 'running_mean', variance: 'running_var' } as const;

/**
 * The module of a node: `stem` of the app's `stem`, `blocks.3.norm1` of `block3/conv1/norm`, `blocks.3.shortcut.0` of
 * `block3/projection`.
 * @throws RangeError for a node of another family
 */
function moduleOf(node: string): string {
	const [, index, part, norm] = /^block(\d+)\/(conv[12]|projection)(\/norm)?$/.exec(node) ?? [];
	if (part === 'projection') return `blocks.${index}.shortcut.${norm ? 1 : 0}`;
	if (part) return `blocks.${index}.${norm ? part.replace('conv', 'norm') : part}`;
	const known: Record<string, string> = {
		stem: 'stem',
		'stem/norm': 'stem_norm',
		'head/norm': 'head_norm',
		dense: 'dense'
	};
	const name = known[node];
	if (!name) throw new RangeError(`${node}: no module of a CIFAR network`);
	return name;
}

/** The name in a state dict of a parameter, `block3/conv1/kernel`. */
export function tensorName({ name, role }: Pick<Parameter, 'name' | 'role'>): string {
	return `${moduleOf(name.slice(0, name.lastIndexOf('/')))}.${ROLES[role]}`;
}

/** The name in a state dict of a running average, `block3/conv1/norm/mean`. */
export function averageName(name: string): string {
	const cut = name.lastIndexOf('/');
	return `${moduleOf(name.slice(0, cut))}.${AVERAGES[name.slice(cut + 1) as keyof typeof AVERAGES]}`;
}

/** Shape that a parameter has in PyTorch: kernels as OIHW, the dense matrix as [out, in]. */
export function tensorShape({ shape }: Pick<Parameter, 'shape'>): readonly number[] {
	if (shape.length === 4) return [shape[3], shape[2], shape[0], shape[1]];
	return shape.length === 2 ? [shape[1], shape[0]] : shape;
}

/** Values in PyTorch's layout. */
export function toTensor(parameter: Pick<Parameter, 'shape'>, values: Float32Array): Float32Array {
	return relaid(parameter, (here, there, into) => (into[there] = values[here]));
}

/** Values in the app's layout: kernels as HWIO, the dense matrix as [in, out]. */
export function fromTensor(
	parameter: Pick<Parameter, 'shape'>,
	values: Float32Array
): Float32Array {
	return relaid(parameter, (here, there, into) => (into[here] = values[there]));
}

function relaid(
	{ shape }: Pick<Parameter, 'shape'>,
	move: (here: number, there: number, into: Float32Array) => void
): Float32Array {
	const into = new Float32Array(shape.reduce((a, b) => a * b, 1));
	const [inputs, outputs] = shape.slice(-2);
	const pixels = shape.length === 4 ? shape[0] * shape[1] : 1;
	if (shape.length === 1) into.forEach((_, i) => move(i, i, into));
	else
		for (let pixel = 0; pixel < pixels; pixel++)
			for (let input = 0; input < inputs; input++)
				for (let output = 0; output < outputs; output++)
					move(
						(pixel * inputs + input) * outputs + output,
						(output * inputs + input) * pixels + pixel,
						into
					);
	return into;
}
