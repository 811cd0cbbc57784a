/**
 * Every reader of what users bring, with 10,000 seeded damages each: it gives a value or its own error, soon, and keeps
 * nothing by halves.
 */
import { gzipSync, strToU8, zipSync } from 'fflate';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { expect, it } from 'vitest';
import { drawInteger } from '$lib/base/random';
import { ImportError, look, NO_CHOICES, type Brought } from '$lib/data/import';
import { BROWSER_DECODERS } from '$lib/data/import/browserDecoders';
import {
	brought,
	cifarArchive,
	cifarPickle,
	cifarRecords,
	idxFiles,
	jpegOf,
	picture
} from '$lib/data/import/testing';
import { parseManifest } from '$lib/data/manifest';
import { toTensors, writeSafetensors, freshWeights } from '$lib/export';
import { examineWeights } from '$lib/export/reading/examine';
import { PRESETS } from '$lib/lab';
import { writeLabLink } from '$lib/lab/experiment/link';
import { RecordFileError } from '$lib/lab/record/problem';
import { readRecordFile } from '$lib/lab/record/read';
import { analyse, CIFAR_DEFAULTS, cifarNetwork } from '$lib/network';
import { readLink } from '../link';

const DAMAGES = 10_000;
/** Longest that a file may take, in milliseconds. */
const SLOWEST = 5_000;

/** Flips bits, cuts, inserts, repeats, overwrites with bytes that mean much in headers. */
function damage(bytes: Uint8Array, seed: number): Uint8Array<ArrayBuffer> {
	const random = xoroshiro128plus(seed);
	const draw = (most: number) => drawInteger(random, 0, most);
	// Headers are where damage means most.
	const at = draw(seed % 3 ? bytes.length - 1 : Math.min(bytes.length - 1, 64));
	const copy = new Uint8Array(bytes);
	switch (seed % 6) {
		case 0:
			for (let i = 0; i < 3; i++) copy[draw(copy.length - 1)] ^= 1 << draw(7);
			return copy;
		case 1:
			return copy.slice(0, at);
		case 2: {
			const longer = new Uint8Array(bytes.length + 5);
			longer.set(bytes.subarray(0, at));
			longer.set(bytes.subarray(at), at + 5);
			return longer;
		}
		case 3:
			return copy.copyWithin(at, 0, Math.min(600, at));
		case 4:
			return copy.fill([0, 0xff, 0x7f, 0x80][draw(3)], at, at + 1 + draw(3));
		default: {
			const start = draw(copy.length - 1);
			return copy.copyWithin(at, start, Math.min(copy.length, start + 1 + draw(40)));
		}
	}
}

/** Reads damaged files; the errors of a reader are expected, all others fail with the seed. */
async function readAll(
	read: (seed: number) => Promise<unknown>,
	isOwn: (error: unknown) => boolean
): Promise<number> {
	let refused = 0;
	for (let seed = 0; seed < DAMAGES; seed++) {
		const start = performance.now();
		try {
			await read(seed);
		} catch (error) {
			if (!isOwn(error)) throw new Error(`seed ${seed}: ${String(error)}`, { cause: error });
			refused++;
		}
		expect(performance.now() - start, `seed ${seed}`).toBeLessThan(SLOWEST);
	}
	return refused;
}

const pets = (count: number) =>
	['cat', 'dog'].flatMap((pet) =>
		Array.from({ length: count }, (_, i) => [`p/${pet}/${i}.png`, picture(`${pet}${i}`)] as const)
	);

/** Keeps a set; what is kept has a sound manifest, and all files that it names. */
async function kept(files: readonly Brought[]): Promise<void> {
	const stored = new Set<string>();
	const set = await look(files, BROWSER_DECODERS, () => {});
	const { pack } = await set.keep(
		NO_CHOICES,
		async (file) => void stored.add(file),
		() => {}
	);
	const { splits } = parseManifest(JSON.stringify(pack.manifest));
	for (const { file } of [...splits.train.shards, ...splits.test.shards])
		expect(stored).toContain(file);
}
const isImportError = (error: unknown) => error instanceof ImportError;

it.each<[string, () => Promise<(seed: number) => Brought[]>]>([
	[
		'pictures',
		async () => {
			const [whole, photo] = [pets(4), jpegOf(6)];
			return (seed) => {
				const bytes = seed % 2 ? photo : whole[0][1];
				return brought(whole.with(0, ['p/cat/0.png', damage(bytes, seed)]));
			};
		}
	],
	[
		'IDX files',
		async () => {
			const files = [[...idxFiles(8, false)], [...idxFiles(8, true)]];
			return (seed) => {
				const own = files[seed % 2];
				const [name, bytes] = own[seed % 4];
				return brought(own.with(seed % 4, [name, damage(bytes, seed)]));
			};
		}
	],
	[
		'CIFAR’s archives and pickles',
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
		async () => {
			const stored = new Map<string, Uint8Array>();
			const set = await look(brought(pets(4)), BROWSER_DECODERS, () => {});
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
	async (_, make) => {
		const files = await make();
		const refused = await readAll((seed) => kept(files(seed)), isImportError);
		expect(refused).toBeGreaterThan(DAMAGES / 20);
	},
	600_000
);

it('weights', async () => {
	const network = analyse(
		cifarNetwork({ ...CIFAR_DEFAULTS, depth: 8, width: 2, size: 8, channels: 1 })
	);
	const file = writeSafetensors(toTensors(network, freshWeights(network, 1)));
	const refused = await readAll(
		async (seed) => {
			const { error } = await examineWeights(new Blob([damage(file, seed)]), network);
			if (error) throw error;
		},
		(error) => typeof (error as { code?: unknown }).code === 'string'
	);
	expect(refused).toBeGreaterThan(DAMAGES / 20);
}, 600_000);

it('records', async () => {
	const response = await fetch(new URL('/static/recordings/switching-20.zip', location.href));
	const recording = new Uint8Array(await response.arrayBuffer());
	const json = strToU8(JSON.stringify({ version: 1, kind: 'residual-explorer-run', steps: [] }));
	const files = [recording.subarray(0, 40_000), json, gzipSync(json)];
	const refused = await readAll(
		async (seed) => readRecordFile(new Blob([damage(files[seed % 3], seed)])),
		(error) => error instanceof RecordFileError
	);
	expect(refused).toBe(DAMAGES);
}, 600_000);

it('links', async () => {
	const links = [
		`https://x.org/lab/?${writeLabLink(PRESETS.vanishing(20))}`,
		`/lab/?${writeLabLink({ ...PRESETS.degradation(8), seed: 77 })}&tab=findings`,
		'/explore/?net=resnet-34&net=cifar-plain-20?width=8&cut=3&see=table',
		'https://nam.safelinks.protection.outlook.com/?url=https%3A%2F%2Fx.org%2Flab%2F%3Fdepth%3D20&data=05'
	].map((link) => strToU8(link));
	await readAll(
		async (seed) => {
			const text = new TextDecoder().decode(damage(links[seed % links.length], seed));
			expect(readLink(text, ['04-degradation']).kind).toBe('link');
		},
		() => false
	);
}, 600_000);
