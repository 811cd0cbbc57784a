/** Translates names and layouts of parameters between the app and the exported `model.py`. */
import { entry } from '$lib/base/entry';
import type { AnalysedNetwork, Average, Parameter } from '$lib/network';

const ROLES: Record<Parameter['role'] | Average['role'], string> = {
	kernel: 'weight',
	gamma: 'weight',
	bias: 'bias',
	beta: 'bias',
	scale: 'scale',
	mean: 'running_mean',
	variance: 'running_var'
};

/** The name that PyTorch's layers give a parameter or a running average: `weight`, `running_mean`. */
export const roleName = ({ role }: Pick<Parameter | Average, 'role'>): string => ROLES[role];

/**
 * Names of the modules of residual and plain networks in `model.py`, by node id: `stem`, `blocks.3.norm1` of the first
 * normalisation of block 3, `blocks.3.shortcut.0` of its projection.
 */
export function moduleNames({ nodes, blocks }: AnalysedNetwork): ReadonlyMap<string, string> {
	const indices = new Map(blocks.map(({ id, index }) => [id, index]));
	const modules = new Map<string, string>();
	const counts: Record<string, number> = {};
	for (const { node, parameters } of nodes) {
		if (!parameters.length) continue;
		const { id, type, stage, block, role } = node;
		const kind = type === 'conv' || type === 'dense' ? type : 'norm';
		if (block === undefined)
			modules.set(id, kind === 'norm' ? `${stage}_norm` : kind === 'conv' ? stage : kind);
		else {
			const own = `blocks.${entry(indices, block)}`;
			const part = `${own}.${kind}`;
			if (role === 'shortcut') modules.set(id, `${own}.shortcut.${kind === 'conv' ? 0 : 1}`);
			else modules.set(id, part + (counts[part] = (counts[part] ?? 0) + 1));
		}
	}
	return modules;
}

/** Names of their parameters and running averages in a PyTorch state dict: `stem.weight`, `blocks.3.norm1.running_mean`. */
export function tensorNames(
	network: AnalysedNetwork
): (tensor: Pick<Parameter | Average, 'node' | 'role'>) => string {
	const modules = moduleNames(network);
	return (tensor) => `${entry(modules, tensor.node)}.${roleName(tensor)}`;
}

/** Shape of a parameter in PyTorch: kernels as OIHW, the dense matrix as [out, in]. */
export function tensorShape({ shape }: Pick<Parameter, 'shape'>): readonly number[] {
	if (shape.length === 4) return [shape[3], shape[2], shape[0], shape[1]];
	return shape.length === 2 ? [shape[1], shape[0]] : shape;
}

/**
 * The number of values in a row that each input channel of a parameter has in PyTorch: the taps of a kernel, and for a
 * dense layer behind a flattened map its pixels, which PyTorch flattens channel by channel and the app pixel by pixel.
 */
export function pixelsOf({
	nodes
}: AnalysedNetwork): (parameter: Pick<Parameter, 'node' | 'shape'>) => number {
	const byId = new Map(nodes.map((analysed) => [analysed.node.id, analysed]));
	const flattened = new Map<string, number>();
	for (const { node } of nodes) {
		const [from] = node.inputs;
		const shape = node.type === 'flatten' ? entry(byId, from).outputShape : [];
		const before = node.type === 'dense' || from === undefined ? 1 : (flattened.get(from) ?? 1);
		flattened.set(node.id, shape.length === 3 ? shape[0] * shape[1] : before);
	}
	return ({ node, shape }) => {
		if (shape.length === 4) return shape[0] * shape[1];
		return shape.length === 2 ? entry(flattened, entry(byId, node).node.inputs[0]) : 1;
	};
}

/** Converts values to PyTorch's layout. @param pixels see `pixelsOf` */
export function toTensor(
	parameter: Pick<Parameter, 'shape'>,
	values: Float32Array,
	pixels: number
): Float32Array {
	return relaid(parameter, pixels, (here, there, into) => (into[there] = values[here]));
}

/** Converts values to the app's layout: kernels as HWIO, the dense matrix as [in, out]. @param pixels see `pixelsOf` */
export function fromTensor(
	parameter: Pick<Parameter, 'shape'>,
	values: Float32Array,
	pixels: number
): Float32Array {
	return relaid(parameter, pixels, (here, there, into) => (into[here] = values[there]));
}

function relaid(
	{ shape }: Pick<Parameter, 'shape'>,
	pixels: number,
	move: (here: number, there: number, into: Float32Array) => void
): Float32Array {
	const size = shape.reduce((a, b) => a * b, 1);
	const into = new Float32Array(size);
	const outputs = shape[shape.length - 1];
	const inputs = size / outputs / pixels;
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
