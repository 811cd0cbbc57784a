/** Says all that the app makes of a file of weights, for the command line: a value instead of errors. */
import {
	analyse,
	CIFAR_CLASSES,
	CIFAR_DEFAULTS,
	formatName,
	isCifarDepth,
	knownNames,
	networkOf,
	parseName,
	type AnalysedNetwork,
	type NetworkSpec
} from '$lib/network';
import { checkFit, fitWeights } from './fit';
import { WeightsError, type LeftOut, type WeightsProblem, type WeightsWarning } from './problems';
import { readWeights, type WeightsFile } from './read';

export interface WeightsReport {
	/** Null if the file is not one of weights. */
	readonly format: WeightsFile['format'] | null;
	/** Number of tensors in the file. */
	readonly tensors: number;
	/** Names of networks that it fits by names and shapes; some others have the same, such as those for another size of image. */
	readonly fits: readonly string[];
	/** Names of the tensors that the network takes; empty without a network. */
	readonly taken: readonly string[];
	readonly leftOut: readonly LeftOut[];
	readonly warnings: readonly WeightsWarning[];
	/** What is wrong with the file, or why it does not fit the network. */
	readonly error: WeightsProblem | null;
}

/**
 * Reads a file of weights, with all numbers that a network takes: the given one, else the first that it fits.
 * @throws what the browser throws for a file that it cannot read
 */
export async function examineWeights(
	blob: Blob,
	network: AnalysedNetwork | null
): Promise<WeightsReport> {
	let report: WeightsReport = {
		...{ format: null, tensors: 0, fits: [], taken: [], leftOut: [], warnings: [], error: null }
	};
	try {
		const file = await readWeights(blob);
		const { format, tensors, leftOut, warnings } = file;
		const fits = fittingNames(file);
		report = { ...report, format, tensors: tensors.size, fits, leftOut, warnings };
		const into = network ?? (fits.length ? analyse(networkOf(parseName(fits[0]))) : null);
		if (!into) return { ...report, warnings: [...warnings, { code: 'fits-none' }] };
		const fit = fitWeights(into, file);
		await checkFit(fit, () => {});
		const taken = network ? fit.taken.map(({ name }) => name) : [];
		return { ...report, taken, leftOut: fit.leftOut, warnings: fit.warnings };
	} catch (error) {
		if (!(error instanceof WeightsError)) throw error;
		return { ...report, error: error.problem };
	}
}

/** Names of the app's networks that a file fits by names and shapes. */
function fittingNames(file: WeightsFile): string[] {
	const specs = [
		...knownNames()
			.filter((name) => !name.startsWith('cifar-'))
			.map(parseName),
		...cifarSpecs(file)
	];
	return specs
		.filter((spec) => {
			try {
				fitWeights(analyse(networkOf(spec)), file);
				return true;
			} catch (error) {
				if (error instanceof WeightsError || error instanceof RangeError) return false;
				throw error;
			}
		})
		.map(formatName);
}

/** Networks of the CIFAR family with as many convolutions, of as many channels and classes, as the file. */
function cifarSpecs({ tensors }: WeightsFile): NetworkSpec[] {
	const shapes = [...tensors.values()].map(({ shape }) => shape);
	const square = shapes.filter(({ length, 2: height }) => length === 4 && height === 3);
	const projections = shapes.filter(({ length, 2: height }) => length === 4 && height === 1);
	const depth = square.length + 1;
	const dense = shapes.find(({ length }) => length === 2);
	if (!isCifarDepth(depth) || !dense) return [];
	const [[width, channels]] = square;
	const options = { ...CIFAR_DEFAULTS, depth, width, channels };
	const classes = dense[0] === CIFAR_CLASSES ? {} : { classes: dense[0] };
	const averages = [...tensors.keys()].some((name) => name.endsWith('.running_mean'));
	const shortcuts = projections.length ? (['B', 'C'] as const) : (['A', 'none'] as const);
	return shortcuts.flatMap((shortcut) =>
		(averages ? (['batch'] as const) : (['group', 'none'] as const)).flatMap((norm) =>
			[{}, ...(shortcut === 'none' ? [] : [{ order: 'pre' } as const])].map(
				(order): NetworkSpec => ({
					family: 'cifar',
					options: { ...options, ...classes, shortcut, norm, ...order }
				})
			)
		)
	);
}
