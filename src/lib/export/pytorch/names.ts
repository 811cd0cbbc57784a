/** Translates names and layouts of parameters between the app and the exported `model.py`. */
import { entry } from '$lib/base/entry';
import type { AnalysedNetwork, Average, Parameter, Shape } from '$lib/network';

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
 * Names of the modules in `model.py`, by node id. They are those of the nodes: `stem`, `stem_norm`, `inception3a.1x1`;
 * in residual blocks `blocks.3.norm1` of the first normalisation of block 3, `blocks.3.shortcut.0` of its projection,
 * `blocks.3.end` of what its branch has after its convolutions, `blocks.3.transform` of a highway's T.
 */
export function moduleNames({
	network,
	nodes,
	blocks
}: AnalysedNetwork): ReadonlyMap<string, string> {
	const indices = new Map(blocks.map(({ id, index }) => [id, index]));
	const modules = new Map<string, string>();
	const counts: Record<string, number> = {};
	for (const { node, parameters } of nodes) {
		if (!parameters.length) continue;
		const { id, type, block, role } = node;
		const attribute = (path: string) => path.replaceAll(/[/-]/g, '_');
		if (block === undefined) {
			modules.set(id, attribute(id));
			continue;
		}
		const rest = id.slice(block.length + 1);
		if (network.groups[block].kind !== 'block') {
			modules.set(id, `${block}.${attribute(rest)}`);
			continue;
		}
		const own = `blocks.${entry(indices, block)}`;
		if (type === 'scale') modules.set(id, `${own}.end`);
		else if (role === 'factor')
			modules.set(id, type === 'dense' ? `${own}.end.${rest}` : `${own}.transform`);
		else if (role === 'shortcut') modules.set(id, `${own}.shortcut.${type === 'conv' ? 0 : 1}`);
		else {
			const part = `${own}.${type === 'conv' ? type : 'norm'}`;
			modules.set(id, part + (counts[part] = (counts[part] ?? 0) + 1));
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

/** The shape that decides how the values of a parameter are reordered, `[H, W, in, out]` or `[in, out]`. */
type Layout = Pick<Parameter, 'shape'>;

/**
 * The layouts of a network's parameters: their shapes, but for a dense layer after a flattening, whose inputs PyTorch
 * orders by channel, row and column and the app by row, column and channel, that of a kernel as large as the map.
 */
export function layoutsOf({ nodes }: AnalysedNetwork): (parameter: Parameter) => Layout {
	/** Shapes of flattened maps, by the ids of the nodes that put out their values. */
	const flattened = new Map<string, Shape>();
	const layouts = new Map<string, Layout>();
	const shapes = new Map(nodes.map(({ node, outputShape }) => [node.id, outputShape]));
	for (const { node, parameters } of nodes) {
		const [from] = node.inputs;
		const map = node.type === 'flatten' ? shapes.get(from) : flattened.get(from);
		if (!map) continue;
		if (node.type !== 'dense') flattened.set(node.id, map);
		else layouts.set(parameters[0].name, { shape: [...map, node.units] });
	}
	return (parameter) => layouts.get(parameter.name) ?? parameter;
}

/** Converts values to PyTorch's layout. */
export function toTensor(layout: Layout, values: Float32Array): Float32Array {
	return relaid(layout, (here, there, into) => (into[there] = values[here]));
}

/** Converts values to the app's layout: kernels as HWIO, the dense matrix as [in, out]. */
export function fromTensor(layout: Layout, values: Float32Array): Float32Array {
	return relaid(layout, (here, there, into) => (into[here] = values[there]));
}

function relaid(
	{ shape }: Layout,
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
