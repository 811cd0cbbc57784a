/** Finds a network's parameters and running averages among the tensors of a file, whatever code named them. */
import { entry } from '$lib/base/entry';
import type { AnalysedNetwork, Average, Parameter } from '$lib/network';
import { fromTensor, layoutsOf, roleName, tensorShape } from '../pytorch/names';
import type { Weights } from '../weights';
import { codesOf, LINEAR, type ModuleNames } from './names';
import type { StoredTensor } from './numbers';
import { WeightsError, type LeftOut, type WeightsWarning } from './problems';
import { readWeights, type WeightsFile } from './read';
import { channelOrders, reordered, type Order } from './channels';

/** A parameter or running average with the tensor that it gets. */
interface Taken {
	readonly target: Parameter | Average;
	/** The tensor's name in the file. */
	readonly name: string;
	readonly tensor: StoredTensor;
}

export interface Fit {
	readonly taken: readonly Taken[];
	readonly leftOut: readonly LeftOut[];
	readonly warnings: readonly WeightsWarning[];
	/** Orders of channels that differ from the network's, by node id. */
	readonly orders: ReadonlyMap<string, Order> | null;
}

type Target = Parameter | Average;
const isParameter = (target: Target): target is Parameter =>
	target.role !== 'mean' && target.role !== 'variance';
const shapeOf = (target: Target) => (isParameter(target) ? tensorShape(target) : target.shape);

/** Names in one code and with one prefix: what of the network they find. */
interface Match {
	readonly modules: ModuleNames;
	readonly prefix: string;
	readonly found: number;
}

/** Prefixes to try, at most. */
const MOST_PREFIXES = 50;
/** The number of examples for those who read a list. */
const EXAMPLES = 3;

const namesOf = (modules: ModuleNames, prefix: string, target: Target) =>
	entry(modules, target.node).map((module) => `${prefix}${module}.${roleName(target)}`);

/** What stands before the name of the network's first or last tensor in names of the file. */
function prefixesOf(modules: ModuleNames, targets: readonly Target[], names: readonly string[]) {
	const prefixes = new Set(['']);
	for (const target of [targets[0], targets[targets.length - 1]])
		for (const end of namesOf(modules, '', target))
			for (const name of names)
				if (name.endsWith(`.${end}`)) prefixes.add(name.slice(0, -end.length));
	return [...prefixes].sort((a, b) => a.length - b.length).slice(0, MOST_PREFIXES);
}

/** @throws WeightsError if no tensor has a name of the network in any code */
function bestMatch(
	codes: readonly ModuleNames[],
	targets: readonly Target[],
	file: WeightsFile
): Match {
	const names = [...file.tensors.keys()];
	let best: Match | null = null;
	for (const modules of codes)
		for (const prefix of prefixesOf(modules, targets, names)) {
			const found = targets.filter((target) =>
				namesOf(modules, prefix, target).some((name) => file.tensors.has(name))
			);
			// The dense layer alone has the same name in many networks.
			if (found.length > (best?.found ?? 0) && found.some(({ shape }) => shape.length === 4))
				best = { modules, prefix, found: found.length };
		}
	if (best) return best;
	const [expected] = namesOf(codes[0], '', targets[0]);
	throw new WeightsError({ code: 'names', expected, found: names.slice(0, EXAMPLES) });
}

type NameOf = (target: Target) => string | undefined;

/**
 * How tensors are named that are missing where the others are: code for transfer learning gives the dense layers a
 * prefix of their own, or none, or another name (`backbone.layer1…` beside `head.weight`).
 * @param missing what was not found
 * @param others names of the same modules with other prefixes
 * @returns null if that finds not all of them, or several
 */
function headApart(
	missing: readonly Target[],
	others: readonly NameOf[],
	file: WeightsFile
): NameOf | null {
	// Kernels of convolutions have four axes; normalisations have averages.
	const dense = missing.filter(({ shape }) => shape.length === 2);
	const nodes = new Set(dense.map(({ node }) => node));
	if (!dense.length || !missing.every(({ node }) => nodes.has(node))) return null;
	const findsAll = (nameOf: NameOf) => missing.every((target) => nameOf(target) !== undefined);
	const known = others.find(findsAll);
	if (known) return known;
	if (nodes.size > 1) return null;
	const modules = new Set([...file.tensors.keys()].map((name) => name.replace(/\.[^.]*$/, '')));
	const fitting = [...modules].flatMap((module): NameOf[] => {
		const nameOf: NameOf = (target) => {
			const name = `${module}.${roleName(target)}`;
			return file.tensors.get(name)?.shape.join() === shapeOf(target).join() ? name : undefined;
		};
		return findsAll(nameOf) ? [nameOf] : [];
	});
	return fitting.length === 1 ? fitting[0] : null;
}

const isCounter = (name: string) => name.endsWith('.num_batches_tracked');
const isAuxiliary = (name: string) => /(^|\.)(aux|loss)[_-]?\w*[./_]/i.test(name);
/** The first part of a name, without its number: `layer` of `layer4.0.conv1.weight`. */
const root = (name: string) => name.split('.')[0].replace(/\d+$/, '');

/**
 * Finds every tensor of a network in a file, by names and shapes; their numbers are not read yet.
 * @throws WeightsError naming a tensor that is missing, has another shape, or belongs to another network
 */
export function fitWeights(network: AnalysedNetwork, file: WeightsFile): Fit {
	const targets: readonly Target[] = [...network.parameters, ...network.averages];
	const average = [...file.tensors.keys()].find((name) => name.endsWith('.running_mean'));
	if (average !== undefined && !network.averages.length)
		throw new WeightsError({ code: 'normalised', tensor: average });
	const codes = codesOf(network);
	const [own] = codes;
	const { modules, prefix, found } = bestMatch(codes, targets, file);
	const within = (start: string, target: Target) =>
		namesOf(modules, start, target).find((name) => file.tensors.has(name));
	const missing = targets.filter((target) => within(prefix, target) === undefined);
	const starts = missing.length ? prefixesOf(modules, missing, [...file.tensors.keys()]) : [];
	const others = starts.map(
		(start): NameOf =>
			(target) =>
				within(start, target)
	);
	const apart = headApart(missing, others, file);
	const nameOf = (target: Target) =>
		within(prefix, target) ?? apart?.(target) ?? namesOf(modules, prefix, target)[0];
	const names = targets.map(nameOf);
	const taken = targets.map((target, i): Taken => {
		const [name, expected] = [names[i], shapeOf(target)];
		const tensor = file.tensors.get(name);
		if (!tensor) {
			const [of, count] = [targets.length, targets.length - found];
			throw new WeightsError({ code: 'missing', tensor: name, expected, count, of });
		}
		// Dense layers that timm saves as convolutions of one place.
		const shape =
			tensor.shape.length === 4 && expected.length === 2 ? flat(tensor.shape) : tensor.shape;
		if (shape.join() !== expected.join())
			throw new WeightsError({ code: 'shape', tensor: name, expected, found: tensor.shape });
		return { target, name, tensor };
	});
	const used = new Set(names);
	const roots = new Set(names.map((name) => root(name.slice(prefix.length))));
	const rest = [...file.tensors].filter(([name]) => !used.has(name));
	const strange = rest.filter(
		([name, { type }]) =>
			name.startsWith(prefix) &&
			roots.has(root(name.slice(prefix.length))) &&
			type.includes('F') &&
			!isAuxiliary(name)
	);
	if (strange.length)
		throw new WeightsError({ code: 'other-network', tensor: strange[0][0], count: strange.length });
	const reasons = (['counter', 'auxiliary', 'not-needed'] as const).map((reason): LeftOut => {
		const own = rest.map(([name]) => name).filter((name) => reasonOf(name) === reason);
		return { reason, count: own.length, examples: own.slice(0, EXAMPLES) };
	});
	// Between the app's own code and its networks there are none.
	const { orders, warnings } =
		modules === own ? { orders: null, warnings: [] } : differences(network, taken);
	return {
		taken,
		leftOut: [...file.leftOut, ...reasons.filter(({ count }) => count)],
		warnings: [
			...file.warnings,
			...(prefix ? [{ code: 'prefix', prefix } as const] : []),
			...renamed(own, modules, taken),
			...converted(taken),
			...warnings
		],
		orders
	};
}

const flat = ([outputs, ...inputs]: readonly number[]) => [
	outputs,
	inputs.reduce((a, b) => a * b, 1)
];
const reasonOf = (name: string): LeftOut['reason'] =>
	isCounter(name) ? 'counter' : isAuxiliary(name) ? 'auxiliary' : 'not-needed';

function renamed(
	own: ModuleNames,
	modules: ModuleNames,
	taken: readonly Taken[]
): WeightsWarning[] {
	const other = taken.filter(
		({ target }) => entry(own, target.node)[0] !== entry(modules, target.node)[0]
	);
	if (!other.length) return [];
	// A kernel shows how blocks are numbered.
	const { name, target } = other.find(({ target: { node } }) => node.includes('/conv')) ?? other[0];
	return [{ code: 'renamed', from: name, to: target.name, count: other.length }];
}

function converted(taken: readonly Taken[]): WeightsWarning[] {
	const types = [...new Set(taken.map(({ tensor }) => tensor.type))].filter(
		(type) => type !== 'F32'
	);
	return types.map((type) => {
		const count = taken.filter(({ tensor }) => tensor.type === type).length;
		return { code: 'converted', type, count };
	});
}

/** In what the code that named the tensors computes otherwise than the network, though names and shapes agree. */
function differences(
	network: AnalysedNetwork,
	taken: readonly Taken[]
): Pick<Fit, 'orders' | 'warnings'> {
	const strides = network.nodes.some(
		({ node }) =>
			node.type === 'conv' && node.role === 'branch' && node.kernel[0] === 1 && node.stride > 1
	);
	const optionA = network.nodes.some(({ node }) => node.type === 'subsample');
	if (!(strides || optionA)) return { orders: null, warnings: [] };
	if (!optionA) return { orders: null, warnings: [{ code: 'stride' }] };
	const bothSides = taken.some(({ name }) => name.endsWith(`${LINEAR}.weight`));
	return bothSides
		? { orders: channelOrders(network), warnings: [{ code: 'reordered' }] }
		: { orders: null, warnings: [{ code: 'padding' }] };
}

/**
 * Reads the numbers of a fit one tensor at a time, converts them to the app's layout, and checks them.
 * @throws WeightsError naming a tensor that is not finite, or has a negative variance
 */
export async function* tensorsOf(
	network: AnalysedNetwork,
	{ taken, orders }: Fit
): AsyncGenerator<{ readonly target: Target; readonly values: Float32Array }> {
	const layoutOf = layoutsOf(network);
	for (const one of taken) {
		const { target } = one;
		const read = await checkedValues(one);
		const values = orders ? reordered(network, orders, target, shapeOf(target), read) : read;
		const own = isParameter(target) ? fromTensor(layoutOf(target), values) : values;
		yield { target, values: own };
	}
}

/** Reads all numbers of a fit. @throws WeightsError as `tensorsOf` */
async function loadFit(network: AnalysedNetwork, fit: Fit): Promise<Weights> {
	const parameters = new Map<string, Float32Array>();
	const averages = new Map<string, Float32Array>();
	for await (const { target, values } of tensorsOf(network, fit))
		(isParameter(target) ? parameters : averages).set(target.name, values);
	return { parameters, averages };
}

/** Reads the weights of a network from a file. @throws WeightsError */
export async function readInto(
	network: AnalysedNetwork,
	blob: Blob
): Promise<{ readonly weights: Weights; readonly fit: Fit }> {
	const fit = fitWeights(network, await readWeights(blob));
	return { weights: await loadFit(network, fit), fit };
}

/** Reads and checks the numbers of a fit one tensor at a time, and keeps none. @throws WeightsError as `loadFit` */
export async function checkFit({ taken }: Fit, onProgress: (share: number) => void): Promise<void> {
	const size = ({ tensor }: Taken) => tensor.shape.reduce((a, b) => a * b, 1);
	const whole = taken.reduce((sum, one) => sum + size(one), 0);
	let read = 0;
	for (const one of taken) {
		await checkedValues(one);
		read += size(one);
		onProgress(read / whole);
	}
}

async function checkedValues({ target, name, tensor }: Taken): Promise<Float32Array> {
	const values = await tensor.values();
	const variance = target.role === 'variance';
	for (let index = 0; index < values.length; index++) {
		const value = values[index];
		if (!Number.isFinite(value))
			throw new WeightsError({ code: 'not-finite', tensor: name, value: String(value), index });
		if (variance && value < 0)
			throw new WeightsError({ code: 'negative-variance', tensor: name, value, index });
	}
	return values;
}
