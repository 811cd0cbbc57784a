/** The readers of images, in a browser, with seeded damages each: they keep whole sets or none. */
import { strToU8, zipSync } from 'fflate';
import { expect, it } from 'vitest';
import { DAMAGES, damage, readAll } from '$lib/base/damage';
import { parseManifest } from '../manifest';
import { BROWSER_DECODERS } from './browserDecoders';
import { ImportError, look, NO_CHOICES, type Brought } from '.';
import {
	brought,
	cifarArchive,
	cifarPickle,
	cifarRecords,
	idxFiles,
	jpegOf,
	picture
} from './testing';

const pets = (count: number) =>
	['cat', 'dog'].flatMap((pet) =>
		Array.from({ length: count }, (_, i) => [`p/${pet}/${i}.png`, picture(`${pet}${i}`)] as const)
	);

/** Keeps a set; what is kept has a sound manifest, and all files that it names. */
async function kept(files: readonly Brought[]): Promise<void> {
	const stored = new Set<string>();
	const set = await look(files, BROWSER_DECODERS, () => {});
	const { pack, card } = await set.keep(
		NO_CHOICES,
		async (file) => void stored.add(file),
		() => {}
	);
	const { splits } = parseManifest(JSON.stringify(pack.manifest));
	for (const { file } of [...splits.train.shards, ...splits.test.shards])
		expect(stored).toContain(file);
	if (card.leftOut.some(({ reason }) => reason === 'unreadable')) leftOut++;
}
/** How many sets were kept without a damaged picture. */
let leftOut = 0;
const isImportError = (error: unknown) => error instanceof ImportError;

it.each<[string, number, () => Promise<(seed: number) => Brought[]>]>([
	[
		'pictures',
		DAMAGES,
		async () => {
			const [whole, photo] = [pets(2), jpegOf(6)];
			return (seed) => {
				const bytes = seed % 2 ? photo : whole[0][1];
				return brought(whole.with(0, ['p/cat/0.png', damage(bytes, seed)]));
			};
		}
	],
	[
		'IDX files',
		DAMAGES,
		async () => {
			const files = [[...idxFiles(4, false)], [...idxFiles(4, true)]];
			return (seed) => {
				const own = files[seed % 2];
				const [name, bytes] = own[seed % 4];
				return brought(own.with(seed % 4, [name, damage(bytes, seed)]));
			};
		}
	],
	[
		'CIFAR’s archives and pickles',
		DAMAGES,
		async () => {
			const archive = await cifarArchive(1);
			const [pickle, records] = [cifarPickle(2), cifarRecords(0, 2)];
			return (seed) =>
				brought([
					(
						[
							['cifar.tar.gz', damage(archive, seed)],
							['data_batch_1', damage(pickle, seed)],
							['data_batch_1.bin', damage(records, seed)]
						] as const
					)[seed % 3]
				]);
		}
	],
	[
		'zips of pictures and of saved sets',
		// Each takes ten milliseconds; the reader of zips has tests of its own, and the readers of pictures the above.
		DAMAGES / 4,
		async () => {
			const stored = new Map<string, Uint8Array>();
			const set = await look(brought(pets(2)), BROWSER_DECODERS, () => {});
			const { pack } = await set.keep(
				NO_CHOICES,
				async (file, bytes) => void stored.set(file, bytes),
				() => {}
			);
			stored.set('manifest.json', strToU8(JSON.stringify(pack.manifest)));
			const saved = zipSync(Object.fromEntries(stored), { level: 0 });
			const zip = zipSync(Object.fromEntries(pets(2)));
			return (seed) => brought([['x.zip', damage(seed % 2 ? saved : zip, seed)]]);
		}
	]
])(
	'%s',
	async (_, damages, make) => {
		const files = await make();
		leftOut = 0;
		const refused = await readAll((seed) => kept(files(seed)), isImportError, damages);
		expect(refused + leftOut).toBeGreaterThan(damages / 20);
	},
	600_000
);
