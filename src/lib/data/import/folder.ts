/** Imports a folder of pictures: each subfolder is a class. Folders `train` and `test` above the classes are the splits. */
import { randomStream, shuffleInPlace } from '$lib/base/random';
import { lastOfPath, ImportError, type Brought } from './bytes';
import type { Format } from './format';

const PICTURE = /\.(png|jpe?g|webp|gif|bmp|avif)$/i;
const SPLIT = /^(train|training|test|testing|val|valid|validation)$/i;
/** Without folders for the splits, every `TEST_EVERY`-th picture of a class is for testing. */
const TEST_EVERY = 6;
const FOLDER_LIMITS = { classes: [2, 100], pictures: 100_000 } as const;
/** Seed of the order of pictures, so that a folder always gives the same set. */
const SEED = 1;

interface Found {
	readonly file: Brought;
	readonly label: number;
	readonly split: 'train' | 'test';
}

export const folder: Format = {
	takes: (paths) => paths.some((path) => PICTURE.test(path)),
	title: 'Own pictures',
	source: 'pictures of this machine',
	async read(files, writer, onBytes, { side, channels, decode }) {
		const pictures = files
			.filter(({ path }) => PICTURE.test(path) && !lastOfPath(path).startsWith('.'))
			.toSorted((a, b) => (a.path < b.path ? -1 : 1));
		const classOf = ({ path }: Brought) => path.split('/').at(-2) ?? '';
		const classes = [...new Set(pictures.map(classOf))].filter((name) => !SPLIT.test(name));
		const refusal = (expected: string, found: string, { path } = pictures[0]) =>
			new ImportError(path, null, expected, found);
		const [fewest, most] = FOLDER_LIMITS.classes;
		const outside = pictures.find((file) => !classes.includes(classOf(file)) || !classOf(file));
		if (outside) throw refusal('a folder for each class around it', 'none', outside);
		if (classes.length < fewest || classes.length > most)
			throw refusal(
				`${fewest} to ${most} classes, each a folder of pictures`,
				`${classes.length}: ${classes.slice(0, 5).join(', ')}`
			);
		if (pictures.length > FOLDER_LIMITS.pictures)
			throw refusal(`at most ${FOLDER_LIMITS.pictures} pictures`, String(pictures.length));
		const given = (path: string) =>
			path
				.split('/')
				.slice(0, -2)
				.find((part) => SPLIT.test(part));
		const split = pictures.some(({ path }) => given(path));
		const places = classes.map(() => 0);
		const found = pictures.map((file): Found => {
			const label = classes.indexOf(classOf(file));
			const named = given(file.path);
			const place = places[label]++;
			const isTest = split
				? named !== undefined && !/^train/i.test(named)
				: place % TEST_EVERY === TEST_EVERY - 1;
			return { file, label, split: isTest ? 'test' : 'train' };
		});
		for (const which of ['train', 'test'] as const)
			if (!found.some((one) => one.split === which))
				throw refusal(
					`pictures to ${which === 'test' ? 'test' : 'train'} with`,
					`${pictures.length} in all; a class needs ${TEST_EVERY}, or a folder test`
				);
		writer.begin([side, side, channels], classes);
		// Shuffle, because shards hold images in this order and none should have a single class.
		const order = Int32Array.from(found, (_, i) => i);
		shuffleInPlace(randomStream(SEED, 'shuffle', 0), order);
		for (const i of order) {
			const { file, label, split } = found[i];
			let pixels: Uint8Array;
			try {
				pixels = await decode(file.blob, side, channels);
			} catch (error) {
				throw new ImportError(
					file.path,
					0,
					'a picture that the browser can read',
					(error as Error).message
				);
			}
			onBytes(file.blob.size);
			await writer.add(split, pixels, label);
		}
	}
};
