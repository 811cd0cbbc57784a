import { describe, expect, it } from 'vitest';
import { epochOrder, makeBatch, Shuffler, testBatches } from './batches';
import { inputShape } from './preprocess';
import { openDataSet } from './shards';
import { syntheticPack } from './testing';

const shardCounts = [20, 20, 10];
const sorted = (values: Iterable<number>) => [...values].sort((a, b) => a - b);
const upTo = (count: number) => Array.from({ length: count }, (_, i) => i);

describe('epochOrder', () => {
	it('keeps the shards in order in epoch 0 and shuffles within each', () => {
		const order = epochOrder(1, 0, shardCounts);
		expect(sorted(order.subarray(0, 20))).toEqual(upTo(20));
		expect(sorted(order)).toEqual(upTo(50));
		expect([...order]).not.toEqual(upTo(50));
	});

	it('shuffles all images together later, every epoch differently', () => {
		const [first, second] = [1, 2].map((epoch) => epochOrder(1, epoch, shardCounts));
		expect(sorted(first)).toEqual(upTo(50));
		expect(first.subarray(0, 20).some((index) => index >= 20)).toBe(true);
		expect([...first]).not.toEqual([...second]);
	});

	it('depends on the seed alone, and is the same everywhere', () => {
		expect(epochOrder(1, 3, shardCounts)).toEqual(epochOrder(1, 3, shardCounts));
		expect(epochOrder(1, 3, shardCounts)).not.toEqual(epochOrder(2, 3, shardCounts));
		// A record's seed must give the same run in every later version.
		expect([...epochOrder(1, 0, [8])]).toEqual([2, 7, 0, 6, 1, 4, 3, 5]);
	});

	it('puts every image at every place about equally often', () => {
		const sums = new Float64Array(50);
		for (let seed = 0; seed < 400; seed++)
			epochOrder(seed, 1, shardCounts).forEach((index, place) => (sums[index] += place));
		for (const sum of sums) expect(Math.abs(sum / 400 - 24.5)).toBeLessThan(4);
	});
});

describe('Shuffler', () => {
	const options = { seed: 3, batch: 16, shardCounts };

	it('gives the same batch whatever was asked for before', () => {
		const forward = new Shuffler(options);
		const batches = upTo(30).map((step) => forward.batch(step));
		const backward = new Shuffler(options);
		for (const step of upTo(30).reverse()) expect(backward.batch(step)).toEqual(batches[step]);
	});

	it('fills every batch and leaves no image out', () => {
		const shuffler = new Shuffler(options);
		const drawn = upTo(25).flatMap((step) => shuffler.batch(step)); // 400 images, 8 epochs
		for (const epoch of upTo(8))
			expect(sorted(drawn.slice(epoch * 50, (epoch + 1) * 50))).toEqual(upTo(50));
	});

	it('says how many images must have arrived: whole shards, and no more than that', () => {
		const shuffler = new Shuffler(options);
		expect(upTo(6).map((step) => shuffler.imagesNeeded(step))).toEqual([20, 40, 50, 50, 50, 50]);
		for (const step of upTo(6))
			expect(Math.max(...shuffler.batch(step))).toBeLessThan(shuffler.imagesNeeded(step));
	});

	it('can draw more images than there are', () => {
		const shuffler = new Shuffler({ ...options, batch: 120 });
		expect(new Set(shuffler.batch(0)).size).toBe(50);
	});

	it.each([
		[{ batch: 0 }, /batch 0/],
		[{ batch: 1.5 }, /batch 1.5/],
		[{ shardCounts: [] }, /shardCounts \[\]/]
	])('refuses %o', (change, message) => {
		expect(() => new Shuffler({ ...options, ...change })).toThrow(message);
	});
});

describe('batches of colour images', () => {
	async function opened() {
		const { manifest, load } = syntheticPack();
		const set = openDataSet(manifest, { load });
		await Promise.all([set.ready('train', 50), set.ready('test', 30)]);
		return set;
	}

	it('have shape, labels and standardised pixels of the images asked for', async () => {
		const set = await opened();
		const batch = makeBatch(set, [3, 45], { halve: false });
		expect(batch.shape).toEqual([2, 8, 8, 3]);
		expect([...batch.labels]).toEqual([3, 45].map((i) => set.image('train', i).label));
		const { pixels } = set.image('train', 45);
		const { mean, std } = set.manifest;
		const channel = 2;
		expect(batch.images[192 + 3 * 5 + channel]).toBeCloseTo(
			(pixels[3 * 5 + channel] / 255 - mean[channel]) / std[channel],
			5
		);
	});

	it('follow inputShape when halved', async () => {
		const set = await opened();
		const { images, shape } = makeBatch(set, [0], { halve: true });
		expect(shape).toEqual([1, ...inputShape(set.manifest, { halve: true })]);
		expect(shape).toEqual([1, 4, 4, 3]);
		expect(images).toHaveLength(48);
	});

	it('are augmented by seed and step alone', async () => {
		const set = await opened();
		const make = (seed: number, step: number) =>
			makeBatch(set, upTo(16), { halve: false, augment: { seed, step } });
		expect(make(1, 1)).toEqual(make(1, 1));
		expect(make(1, 1).images).not.toEqual(make(1, 2).images);
		expect(make(1, 1).images).not.toEqual(make(2, 1).images);
		expect(make(1, 1).labels).toEqual(make(1, 2).labels);
		expect(make(1, 1).images).not.toEqual(makeBatch(set, upTo(16), { halve: false }).images);
	});

	it('of the test split come in order, the last one with what is left', async () => {
		const set = await opened();
		const batches = testBatches(set, 25, 10, { halve: false });
		expect(batches.map(({ shape }) => shape[0])).toEqual([10, 10, 5]);
		const labels = batches.flatMap((batch) => [...batch.labels]);
		expect(labels).toEqual(upTo(25).map((i) => set.image('test', i).label));
	});
});
