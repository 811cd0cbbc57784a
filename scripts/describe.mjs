// `npm run --silent describe -- NAME [--json]`: the layers of a network as a table or as JSON.
import { readArguments } from './arguments.mjs';
import { loadModule } from './load.mjs';
import { RULE, textTable } from './table.mjs';

const HELP = `Usage: npm run --silent describe -- NAME [--json]

Prints every operation of a network with its output shape, parameters and
multiply-accumulates (MACs) for one image, and the totals.

NAME is one of
  alexnet, alexnet-2012, vgg-16, vgg-19, googlenet
  plain-18, plain-34
  resnet-18, resnet-34, resnet-50, resnet-101, resnet-152
  cifar-plain-DEPTH, cifar-resnet-DEPTH with a depth of 6n + 2 up to 1202
  alexnet-mini, vgg-mini, googlenet-mini, bottleneck-mini, highway-mini,
  wide-mini, stochastic-mini, resnext-mini, densenet-mini, se-mini, rezero-mini
and may be followed by options, in quotes, such as 'resnet-50?stride=3x3':
  shortcut=     A, B or C (B; cifar: A); residual networks only
  order=        post or pre: activation after or before convolutions (post);
                residual networks only
  stride=       1x1 or 3x3: which convolution of a bottleneck has it (1x1)
Networks of the cifar family also take, as in 'cifar-resnet-56?width=8&norm=off':
  width=N       channels of the first stage (16)
  size=N        height and width of the input (32)
  channels=N    channels of the input (3)
  activation=   relu, leaky-relu, tanh or sigmoid (relu)
  norm=         normalisation: on (batch), off (none), or another by its name (on)
  init=         he, xavier, small-normal, twice-he or zero-residual (he)
  dropout=RATE  before the dense layer, 0 to 0.9 (0: none)
  classes=N     2 to 100 (10)
The mini networks take these too, without shortcut and order, and options of
their own, such as 'vgg-mini?depth=11'; an unknown option lists all of them.`;

const { json, name } = readArguments(
	HELP,
	{ json: { type: 'boolean', default: false } },
	({ json }, names) => {
		if (names.length !== 1) throw new Error(`expected one name, received ${names.length}`);
		return { json, name: names[0] };
	},
	{ takesNames: true }
);
const { analyse, networkOf, parseName } = await loadModule('network');
let analysed;
try {
	analysed = analyse(networkOf(parseName(name)));
} catch (error) {
	if (!(error instanceof RangeError)) throw error;
	console.error(error.message);
	process.exit(2);
}

const { network, nodes, parameterCount, macs } = analysed;
const description = {
	name,
	depth: network.depth,
	input: network.input,
	parameters: parameterCount,
	macs,
	layers: nodes.map((/** @type {typeof nodes[number]} */ n) => ({
		name: n.node.id,
		type: n.node.type,
		outputShape: n.outputShape,
		parameters: n.parameterCount,
		macs: n.macs
	}))
};
console.log(json ? JSON.stringify(description, null, '\t') : table(description));

/** @param {typeof description} description */
function table({ name, depth, input, parameters, macs, layers }) {
	const number = (/** @type {number} */ n) => n.toLocaleString('en');
	const head = ['name', 'type', 'output', 'parameters', 'MACs'];
	const rows = layers.map((/** @type {typeof layers[number]} */ layer) => [
		layer.name,
		layer.type,
		layer.outputShape.join('×'),
		number(layer.parameters),
		number(layer.macs)
	]);
	const total = ['total', '', '', number(parameters), number(macs)];
	return [
		`${name}: ${depth} weighted layers, input ${input.join('×')}`,
		'',
		textTable(head, [RULE, ...rows, RULE, total], 3)
	].join('\n');
}
