/**
 * Measures where the gradient travels: the two terms of every block forward and backward, and gradients by single paths
 * (Veit, Wilber and Belongie 2016, §4.3 and figure 6).
 */
import { range } from 'd3';
import { breathe } from '$lib/base/breathe';
import { entry } from '$lib/base/entry';
import type { Batch } from '$lib/base/image';
import { makeBatch } from '$lib/data';
import { gradientPasses, type Backend, type NodeGradients, type Ways } from '$lib/engine';
import type { LaneSetup } from '$lib/engine/engine';
import { analyse } from '$lib/network';
import type { Measurement } from '../measurement';
import { normOf } from '../inside/record';
import { normsOf, termPasses } from '../measuredTerms';
import type { BlockTerms } from '../terms';
import { TRAVEL_IMAGES, type PathLengths, type TravelRecord, type TravelSpec } from './record';
import { drawAllPaths, openBlocks } from './sample';

export const measureTravel: Measurement<TravelSpec, TravelRecord> = {
	arrived: (set) => set.ready('train', TRAVEL_IMAGES),
	async measure({ backend, step, set, halve, active, copyOf }, spec, { found, progress, signal }) {
		const batch = makeBatch(set, range(TRAVEL_IMAGES), { halve, augment: null });
		const lanes: TravelRecord[] = [];
		for (const lane of active.keys()) {
			const blocks = await blocksOf(backend, await copyOf(lane), batch);
			lanes.push({ step, lane, images: TRAVEL_IMAGES, blocks });
			found(lanes[lane]);
			await breathe();
			if (signal.aborted) return;
		}
		if (!spec.samples) return;
		const { seed, samples } = spec;
		const copies = await Promise.all(lanes.map(({ lane }) => copyOf(lane)));
		const paths = copies.map(({ network, gates }) =>
			drawAllPaths(openBlocks(analyse(network), gates), samples, seed)
		);
		const of = paths.flat(2).length;
		let done = 0;
		for (const [lane, byLength] of paths.entries()) {
			const norms: number[] = [];
			for await (const norm of pathNorms(backend, copies[lane], batch, byLength.flat())) {
				norms.push(norm);
				progress(++done, of);
				await breathe();
				if (signal.aborted) return;
			}
			if (norms.length) found({ ...lanes[lane], lengths: lengthsOf(spec, byLength, norms) });
		}
	}
};

/**
 * The two terms of every block with a shortcut, as in a training step, and what comes back through each to the block's
 * input when the gradient of the loss is computed.
 */
export async function blocksOf(
	backend: Backend,
	setup: LaneSetup,
	batch: Batch
): Promise<BlockTerms> {
	const { outputs, gradients, oneWay, read } = termPasses(analyse(setup.network));
	const whole = { objective: 'loss', outputs, gradients } as const;
	const passes = gradientPasses(backend, setup, batch, { training: true }, [whole, ...oneWay]);
	const all: NodeGradients[] = [];
	for await (const pass of passes) all.push(pass);
	return read(all, setup.gates).map(
		(block) => block && { forward: normsOf(block.forward), backward: normsOf(block.backward) }
	);
}

/** The choice of one path, given the blocks that it passes through the branch. */
const waysOf = (open: readonly number[], branches: readonly number[]): Ways =>
	new Map(open.map((block) => [block, branches.includes(block) ? 'branch' : 'shortcut']));

/**
 * Norms of the loss's gradient by the images, each by a single path, with running averages as in evaluation.
 * @param paths for each, the blocks with an open shortcut that it passes through the branch
 */
export async function* pathNorms(
	backend: Backend,
	setup: LaneSetup,
	batch: Batch,
	paths: readonly (readonly number[])[]
): AsyncGenerator<number> {
	const network = analyse(setup.network);
	const open = openBlocks(network, setup.gates);
	const image = network.nodes[0].node.id;
	const requests = paths.map((branches) => ({
		...({ objective: 'loss', outputs: [], gradients: [image] } as const),
		ways: waysOf(open, branches)
	}));
	for await (const { gradients } of gradientPasses(
		backend,
		setup,
		batch,
		{ training: false },
		requests
	))
		yield normOf(entry(gradients, image).total ?? []);
}

/** @param norms of all paths, by length and in order */
function lengthsOf(
	{ seed, samples }: TravelSpec,
	byLength: readonly (readonly unknown[])[],
	norms: readonly number[]
): PathLengths {
	const rest = [...norms];
	return {
		seed,
		samples,
		norms: byLength.map(({ length: followed }) => {
			const own = rest.splice(0, followed);
			return { followed, mean: own.reduce((sum, norm) => sum + norm, 0) / followed };
		})
	};
}
