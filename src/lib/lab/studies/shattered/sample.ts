/** Draws the two images between which gradients are followed. */
import { range } from 'd3';
import { drawInteger, randomStream } from '$lib/base/random';
import type { DataSet } from '$lib/data';
import { LINE_IMAGES } from './record';

/** Number of training images, from the first on, of which the two are drawn. */
export const candidates = ({ manifest }: DataSet): number =>
	Math.min(LINE_IMAGES, manifest.splits.train.count);

/** Indices of two training images of different classes, the same for the same seed. */
export function drawPair(set: DataSet, seed: number): [number, number] {
	const random = randomStream(seed, 'line', 0);
	const draw = (from: readonly number[]) => from[drawInteger(random, 0, from.length - 1)];
	const all = range(candidates(set));
	const classOf = (index: number) => set.image('train', index).label;
	const first = draw(all);
	const others = all.filter((index) => classOf(index) !== classOf(first));
	return [first, draw(others.length ? others : all)];
}
