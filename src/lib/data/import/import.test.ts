import { describe, expect, it } from 'vitest';
import { encode } from 'fast-png';
import { gzipSync, zipSync } from 'fflate';
import { packTar } from 'modern-tar';
import { parseManifest } from '../manifest';
import { damage } from '$lib/base/damage';
import { openDataSet } from '../shards';
import { look, ImportError, NO_CHOICES, type Brought, type Card, type Choices } from '.';
import { decodePicture, pictureHead } from './decode';
import {
	brought,
	cifarArchive,
	cifarPickle,
	cifarRecords,
	idx,
	idxFiles,
	jpegOf,
	picture
} from './testing';
import { DECODERS } from './nodeDecoders';

type Files = readonly (readonly [path: string, bytes: Uint8Array])[];
const text = (words: string) => new TextEncoder().encode(words);
const nothing = () => {};

async function cardOf(files: readonly Brought[], choices: Partial<Choices> = {}): Promise<Card> {
	const looked = await look(files, DECODERS, nothing);
	return (await looked.show({ ...NO_CHOICES, ...choices })).card;
}
const card = (files: Files, choices: Partial<Choices> = {}) => cardOf(brought(files), choices);
const classes = ({ classes }: Card) =>
	classes.map(({ name, train, test }) => `${name} ${train}+${test}`).join(', ');
const codes = ({ warnings }: Card) => warnings.map(({ code }) => code);
const left = ({ leftOut }: Card) =>
	Object.fromEntries(leftOut.map(({ reason, count }) => [reason, count]));

/** The set that is kept, as the training worker opens it, and the card that is kept with it. */
async function kept(files: readonly Brought[], choices: Partial<Choices> = {}) {
	const stored = new Map<string, Uint8Array>();
	const looked = await look(files, DECODERS, nothing);
	const { pack, card } = await looked.keep(
		{ ...NO_CHOICES, ...choices },
		async (file, bytes) => void stored.set(file, bytes),
		nothing
	);
	const { manifest } = pack;
	expect(parseManifest(JSON.stringify(manifest))).toEqual(manifest);
	const set = openDataSet(manifest, {
		load: async (file) => new Uint8Array(stored.get(file)!).buffer
	});
	await set.ready('train', manifest.splits.train.count);
	await set.ready('test', manifest.splits.test.count);
	return { set, card };
}

async function refused(files: Files): Promise<ImportError['problem']> {
	const error = await card(files).then(
		(one) => one,
		(e: unknown) => e
	);
	expect(error).toBeInstanceOf(ImportError);
	return (error as ImportError).problem;
}

/** Pictures in folders, all different. */
const folder = (paths: readonly string[], count = 12): Files =>
	paths.flatMap((path) =>
		Array.from({ length: count }, (_, i) => [`${path}/${i}.png`, picture(`${path} ${i}`)] as const)
	);

describe('folders of pictures', () => {
	it.each<[string, readonly string[], string]>([
		[
			'a class called train',
			['vehicles/bus', 'vehicles/car', 'vehicles/train'],
			'bus 10+2, car 10+2, train 10+2'
		],
		[
			'parts above',
			['a/train/cat', 'a/train/dog', 'a/test/cat', 'a/test/dog'],
			'cat 12+12, dog 12+12'
		],
		[
			'parts below',
			['a/cat/train', 'a/cat/val', 'a/dog/train', 'a/dog/val'],
			'cat 12+12, dog 12+12'
		],
		[
			'parts by other names',
			['Training_Set/x', 'Training_Set/y', 'Test1/x', 'Test1/y'],
			'x 12+12, y 12+12'
		],
		['a level of images', ['t/train/n01/images', 't/train/n02/images'], 'n01 10+2, n02 10+2'],
		[
			'images above',
			['images/train/cat', 'images/train/dog', 'images/val/cat', 'images/val/dog'],
			'cat 12+12, dog 12+12'
		],
		[
			'names of two cases',
			['a/train/Cat', 'a/train/dog', 'a/test/cat', 'a/test/DOG'],
			'Cat 12+12, DOG 12+12'
		],
		[
			'two ways to write é',
			['a/train/caf\u00e9', 'a/train/tea', 'a/test/cafe\u0301', 'a/test/tea'],
			'café 12+12, tea 12+12'
		],
		[
			'Chinese parts',
			['花/训练集/玫瑰', '花/训练集/向日葵', '花/测试集/玫瑰', '花/测试集/向日葵'],
			'向日葵 12+12, 玫瑰 12+12'
		],
		['blanks', ['a/red rose ', 'a/tulip'], 'red rose 10+2, tulip 10+2'],
		[
			'folders of one name in each other',
			[
				'a/seg_train/seg_train/x',
				'a/seg_train/seg_train/y',
				'a/seg_test/seg_test/x',
				'a/seg_test/seg_test/y'
			],
			'x 12+12, y 12+12'
		],
		[
			'classes whose names hold words for parts',
			['a/bullet train', 'a/train station', 'a/test tube'],
			'bullet train 10+2, test tube 10+2, train station 10+2'
		]
	])('%s', async (_, paths, expected) => {
		expect(classes(await card(folder(paths)))).toBe(expected);
	});

	it.each<[string, readonly string[], readonly string[], string]>([
		[
			'pictures beside the parts, as in Fruits-360',
			['f/Training/Apple', 'f/Training/Kiwi', 'f/Test/Apple', 'f/Test/Kiwi'],
			['f/test-multiple_fruits'],
			'Apple 12+12, Kiwi 12+12'
		],
		[
			'a second copy of the set in the set, as in chest_xray',
			['x/train/ill', 'x/train/well', 'x/test/ill', 'x/test/well'],
			['x/x/train/ill', 'x/x/test/ill', 'x/__MACOSX/x/train/ill'],
			'ill 12+12, well 12+12'
		],
		[
			'masks beside images',
			['p/images/cat', 'p/images/dog'],
			['p/masks', 'p/annotations/trimaps'],
			'cat 10+2, dog 10+2'
		]
	])('leave out %s', async (_, paths, others, expected) => {
		const all = await card([...folder(paths), ...folder(others, 3)]);
		expect(classes(all)).toBe(expected);
		const hidden = others.filter((path) => path.includes('__')).length;
		expect(left(all)).toEqual({
			beside: 3 * (others.length - hidden),
			...(hidden && { hidden: 3 * hidden })
		});
	});

	it('are one set in the parts of one download, and classes in an archive for each', async () => {
		const zip = (files: Files) => zipSync(Object.fromEntries(files), { level: 0 });
		const parts = await card([
			['pets-20261127T101500Z-001.zip', zip(folder(['pets/cat', 'pets/dog'], 6))],
			['pets-20261127T101500Z-002.zip', zip(folder(['pets/dog', 'pets/emu'], 12))]
		]);
		expect(classes(parts)).toBe('cat 5+1, dog 15+3, emu 10+2');
		const each = await card([
			['cat1.zip', zip(folder(['images']))],
			['cat2.zip', zip(folder(['images']))]
		]);
		expect(classes(each)).toBe('cat1 10+2, cat2 10+2');
	});

	it('ask for the level where there are several', async () => {
		const pets = folder(['pets/cat/siamese', 'pets/cat/persian', 'pets/dog/pug', 'pets/dog/lab']);
		const outer = await card(pets);
		expect(classes(outer)).toBe('cat 20+4, dog 20+4');
		expect(outer.options.labellings.map(({ classes }) => classes.length)).toEqual([2, 4]);
		expect(codes(outer)).toContain('class-levels');
		const inner = await card(pets, { labelling: outer.options.labellings[1].name });
		expect(classes(inner)).toBe('lab 10+2, persian 10+2, pug 10+2, siamese 10+2');
		expect(inner.id).not.toBe(outer.id);
	});

	it('read a table of labels where no folder says the class', async () => {
		const val = Array.from(
			{ length: 6 },
			(_, i) => [`t/val/images/val_${i}.JPEG`, picture(`v${i}`)] as const
		);
		const table = text(
			val.map((_, i) => `val_${i}.JPEG\tn0${(i % 2) + 1}\t0\t0\t62\t62\n`).join('')
		);
		const tiny = await card([
			...folder(['t/train/n01/images', 't/train/n02/images']),
			...val,
			['t/val/val_annotations.txt', table]
		]);
		expect(classes(tiny)).toBe('n01 12+3, n02 12+3');
		const flat = Array.from(
			{ length: 12 },
			(_, i) => [`dogs/train/${i}.png`, picture(`d${i}`)] as const
		);
		for (const separator of [',', ';', '\t']) {
			const rows = ['id,breed', ...flat.map((_, i) => `${i},${i % 2 ? 'pug' : 'husky'}`)];
			const labels = text('\ufeff' + rows.join('\r\n').replaceAll(',', separator));
			const dogs = await card([...flat, ['dogs/labels.csv', labels]]);
			expect(classes(dogs)).toBe('husky 5+1, pug 5+1');
			expect(codes(dogs)).toContain('labels-from-table');
		}
		const bits = [
			'filename, husky, pug',
			...flat.map((_, i) => `${i}.png, ${1 - (i % 2)}, ${i % 2}`)
		];
		const oneHot = await card([...flat, ['dogs/_classes.csv', text(bits.join('\n'))]]);
		expect(classes(oneHot)).toBe('husky 5+1, pug 5+1');
		const objects = flat.map((_, i) => ({ file_name: `${i}.png`, text: `n ${i}`, label: i % 2 }));
		const byFile = Object.fromEntries(objects.map(({ file_name, label }) => [file_name, label]));
		for (const json of [
			JSON.stringify(objects),
			JSON.stringify(byFile, null, '\t'),
			objects.map((one) => JSON.stringify(one)).join('\n')
		])
			expect(classes(await card([...flat, ['dogs/metadata', text(json)]]))).toBe('0 5+1, 1 5+1');
		for (const json of ['[]', '{}', '{"0.png": {"x": 1}}', '[1, 2', '{"version": 2}'])
			expect(await refused([...flat, ['dogs/x.json', text(json)]])).toMatchObject({
				code: 'no-classes'
			});
		const guesses = ['id,label', ...flat.map((_, i) => `${i},${i % 2}`)];
		const contest = [...flat, ['dogs/sampleSubmission.csv', text(guesses.join('\n'))] as const];
		expect(await refused(contest)).toMatchObject({ code: 'no-classes' });
		const beside = await card([
			...folder(['p/cat', 'p/dog']),
			['p/train_labels.csv', text('file,label\n0.png,cat\n')]
		]);
		expect(classes(beside)).toBe('cat 10+2, dog 10+2');
		expect(left(beside)).toEqual({ other: 1 });
	});

	it('read classes from names where there is nothing else, and say so', async () => {
		const names = ['cat', 'dog'].flatMap((pet) =>
			Array.from({ length: 6 }, (_, i) => [`train/${pet}.${i}.jpg`, picture(`${pet}${i}`)] as const)
		);
		const pets = await card(names);
		expect(classes(pets)).toBe('cat 5+1, dog 5+1');
		expect(codes(pets)).toContain('classes-from-names');
		expect(await refused(folder(['pets/cat']))).toMatchObject({ code: 'no-classes' });
		expect(
			await refused(folder(['DCIM']).map(([, bytes], i) => [`IMG_${i}.png`, bytes]))
		).toMatchObject({ code: 'no-classes' });
	});

	it('leave out and count what is no image, and keep the rest', async () => {
		const good = folder(['p/cat', 'p/dog'], 24);
		const whole = picture('whole');
		const all = await card([
			...good,
			['p/cat/666.jpg', new Uint8Array(0)],
			['p/dog/cut.png', whole.subarray(0, whole.length - 20)],
			['p/dog/page.jpg', text('<!DOCTYPE html><html>')],
			['p/cat/IMG_1.HEIC', text('\0\0\0\x18ftypheic\0\0\0\0')],
			['p/.DS_Store', text('x')],
			['__MACOSX/p/cat/._0.png', text('x')],
			['p/cat/Thumbs.db', text('x')],
			['p/notes.txt', text('note')],
			['p/backup.tar.gz', gzipSync(new Uint8Array(10240))]
		]);
		expect(classes(all)).toBe('cat 20+4, dog 20+4');
		expect(left(all)).toEqual({ hidden: 3, empty: 1, unsupported: 1, unreadable: 2, other: 2 });
	});

	it('are refused with the list where many are bad', async () => {
		const bad = Array.from(
			{ length: 5 },
			(_, i) => [`p/cat/b${i}.png`, picture(`b${i}`).subarray(0, 60)] as const
		);
		expect(await refused([...folder(['p/cat', 'p/dog']), ...bad])).toMatchObject({
			code: 'too-many-bad',
			bad: 5,
			images: 29
		});
	});

	it('that are damaged inside are found when they are kept', async () => {
		const broken = picture('broken', 16);
		broken[broken.length - 30] ^= 0xff;
		const { card, set } = await kept(
			brought([...folder(['p/cat', 'p/dog'], 30), ['p/dog/z.png', broken]])
		);
		expect(left(card)).toEqual({ unreadable: 1 });
		expect(card.classes.reduce((sum, { train, test }) => sum + train + test, 0)).toBe(60);
		expect(set.manifest.splits.train.count + set.manifest.splits.test.count).toBe(60);
	});

	it('leave flat test pictures out, and split test pictures off', async () => {
		const flat = Array.from(
			{ length: 6 },
			(_, i) => [`d/test/${i}.png`, picture(`t${i}`)] as const
		);
		const digits = await card([...folder(['d/train/0', 'd/train/1']), ...flat]);
		expect(classes(digits)).toBe('0 10+2, 1 10+2');
		expect(left(digits)).toEqual({ unlabelled: 6 });
		expect(codes(digits)).toEqual(['test-split-off']);
	});

	it('warn of small classes, classes without a part, and copies', async () => {
		const pets = await card([...folder(['p/cat'], 40), ...folder(['p/axolotl'], 3)]);
		expect(classes(pets)).toBe('axolotl 2+1, cat 34+6');
		expect(codes(pets)).toEqual(expect.arrayContaining(['small-class', 'unequal-classes']));
		const lone = await card(folder(['a/train/cat', 'a/train/dog', 'a/test/cat']));
		expect(codes(lone)).toContain('class-without-test');
		const same = picture('same');
		const copies = await card([
			...folder(['a/train/cat', 'a/train/dog', 'a/test/cat', 'a/test/dog']),
			['a/train/cat/x.png', same],
			['a/test/cat/y.png', same],
			['a/test/dog/z.png', same]
		]);
		expect(codes(copies)).toEqual(
			expect.arrayContaining(['test-in-training', 'duplicates-across-classes'])
		);
	});
});

describe('pictures', () => {
	const head = (bytes: Uint8Array) => pictureHead(bytes, 'jpeg');
	const corner = async (bytes: Uint8Array<ArrayBuffer>, kind: 'jpeg' | 'png' = 'jpeg') => {
		const { width, height, channels, data } = await decodePicture(bytes, kind, DECODERS);
		const at = (x: number, y: number) =>
			Array.from({ length: 3 }, (_, c) => data[(y * width + x) * channels + c]);
		return { width, height, at };
	};
	/** Where the green corner of the stored picture lies in the upright one, by orientation. */
	const GREEN: Readonly<Record<number, [number, number]>> = {
		1: [1, 1],
		2: [14, 1],
		3: [14, 6],
		4: [1, 6],
		5: [1, 1],
		6: [6, 1],
		7: [6, 14],
		8: [1, 14]
	};
	it.each([1, 2, 3, 4, 5, 6, 7, 8])('turned by EXIF, orientation %i', async (orientation) => {
		const { at, width } = await corner(jpegOf(orientation));
		expect(width).toBe(orientation < 5 ? 16 : 8);
		const [red, green, blue] = at(...GREEN[orientation]);
		expect(green).toBeGreaterThan(180);
		expect(Math.max(red, blue)).toBeLessThan(90);
	});

	it('in four colours of print, in grey', async () => {
		const { at } = await corner(jpegOf('cmyk'));
		expect(at(6, 6)[0]).toBeGreaterThan(200);
		expect(at(14, 6)[2]).toBeGreaterThan(200);
		expect(head(jpegOf('grey'))).toMatchObject({ grey: true, width: 16, height: 8 });
	});

	it('that are cut are refused', () => {
		for (const share of [0.2, 0.5, 0.9, 0.99]) {
			const whole = jpegOf(1);
			expect(() => head(whole.subarray(0, Math.floor(whole.length * share)))).toThrow();
		}
	});

	const png = (data: number[], more: object) =>
		encode({
			width: 2,
			height: 2,
			depth: 8,
			channels: 1,
			data: Uint8Array.from(data),
			...more
		}) as Uint8Array<ArrayBuffer>;
	const set = (make: (i: number) => Uint8Array): Files =>
		['a', 'b'].flatMap((name) =>
			Array.from(
				{ length: 12 },
				(_, i) => [`s/${name}/${i}.png`, make(i + (name === 'a' ? 0 : 100))] as const
			)
		);

	it('of 16 bits that use 12 are stretched, with a word', async () => {
		const deep = (values: number[]) =>
			encode({
				width: 4,
				height: 4,
				depth: 16,
				channels: 1,
				data: Uint16Array.from({ length: 16 }, (_, i) => values[i % values.length])
			});
		const { card, set: images } = await kept(brought(set((i) => deep([300 + i, 4095, 2048]))));
		expect(card.warnings).toContainEqual({
			code: 'range',
			least: 300,
			greatest: 4095,
			from: 0,
			to: 4095
		});
		expect(Math.max(...images.image('train', 0).pixels)).toBe(255);
		const full = await cardOf(brought(set((i) => deep([i, 65535]))));
		expect(codes(full)).not.toContain('range');
	});

	it('with transparent pixels show the background, never black', async () => {
		const glass = set((i) =>
			encode({
				width: 4,
				height: 4,
				depth: 8,
				channels: 4,
				data: Uint8Array.from({ length: 64 }, (_, at) => (at % 4 === 3 ? 0 : i))
			})
		);
		const white = await kept(brought(glass));
		expect(codes(white.card)).toContain('transparent');
		expect([...white.set.image('train', 0).pixels]).toEqual(Array.from({ length: 48 }, () => 255));
		const black = await kept(brought(glass), { background: 'black' });
		expect(Math.max(...black.set.image('train', 0).pixels)).toBe(0);
		expect(black.card.id).not.toBe(white.card.id);
	});

	it('with a palette, and grey ones of fewer bits', async () => {
		const palette = {
			palette: [
				[255, 0, 0],
				[0, 255, 0],
				[0, 0, 255],
				[9, 9, 9]
			]
		};
		const { at } = await corner(png([0, 1, 2, 3], palette), 'png');
		expect([at(0, 0), at(1, 0), at(0, 1)]).toEqual([
			[255, 0, 0],
			[0, 255, 0],
			[0, 0, 255]
		]);
		const bits = encode({
			width: 8,
			height: 1,
			depth: 1,
			channels: 1,
			data: Uint8Array.of(0b10110001)
		}) as Uint8Array<ArrayBuffer>;
		const { data, range } = await decodePicture(bits, 'png', DECODERS);
		expect([...(data as Uint8Array)]).toEqual([1, 0, 1, 1, 0, 0, 0, 1]);
		expect(range).toEqual([0, 1]);
	});

	it('become images by the mean over each pixel’s area, cut or padded', async () => {
		const wide = (i: number) => {
			const data = new Uint8Array(128 * 64).fill(i);
			for (let y = 0; y < 64; y++) data.fill(200, y * 128 + 32, y * 128 + 64);
			return encode({ width: 128, height: 64, depth: 8, channels: 1, data });
		};
		const cut = await kept(brought(set(wide)), { side: 4 });
		expect([...cut.set.image('train', 0).pixels].slice(0, 2)).toEqual([200, 200]);
		expect(codes(cut.card)).toContain('cut-edges');
		const padded = await kept(brought(set(wide)), { side: 4, fit: 'pad' });
		expect([...padded.set.image('train', 0).pixels].slice(0, 4)).toEqual([255, 255, 255, 255]);
		expect(padded.set.image('train', 0).pixels[5]).toBe(200);
	});
});

describe('CIFAR', () => {
	it('is read from its archive: planes become pixels', async () => {
		const { set, card } = await kept(brought([['cifar-10-binary.tar.gz', await cifarArchive(7)]]));
		expect(set.manifest.shape).toEqual([32, 32, 3]);
		expect([set.manifest.splits.train.count, set.manifest.splits.test.count]).toEqual([14, 7]);
		expect(card.id).toMatch(/^own-[0-9a-f]{12}$/);
		const records = [cifarRecords(0, 7), cifarRecords(1, 7)];
		const { pixels, label } = set.image('train', 0);
		const own = records.flatMap((batch) =>
			Array.from({ length: 7 }, (_, i) => batch.subarray(i * 3073, (i + 1) * 3073))
		);
		const same = own.find(
			(record) =>
				record[0] === label &&
				[0, 517, 1023].every((at) =>
					[0, 1, 2].every((c) => record[1 + c * 1024 + at] === pixels[at * 3 + c])
				)
		);
		expect(same).toBeDefined();
	});

	it('is the same set loose, in a zip, in a tar of gzip members, in any order', async () => {
		const files: Files = [
			['data_batch_1.bin', cifarRecords(0, 3)],
			['test_batch.bin', cifarRecords(2, 3)]
		];
		const loose = await card(files);
		const tar = await packTar(
			files.map(([name, body]) => ({
				header: { name: `cifar-10-batches-bin/${name}`, size: body.length },
				body
			}))
		);
		const members = new Uint8Array([
			...gzipSync(tar.subarray(0, 5000)),
			...gzipSync(tar.subarray(5000))
		]);
		const zipped = zipSync(Object.fromEntries(files.map(([name, body]) => [`x/${name}`, body])));
		for (const other of [
			files.toReversed(),
			[['c.tar.gz', members]],
			[['c.zip', zipped]],
			[['anything', zipped]]
		] as Files[])
			expect((await card(other)).id).toBe(loose.id);
	});

	it('of 100 classes has fine and coarse ones', async () => {
		const records = (count: number) => {
			const bytes = new Uint8Array(count * 3074);
			for (let i = 0; i < count; i++) bytes.set([i % 20, i % 100], i * 3074);
			return bytes;
		};
		const files: Files = [
			['train.bin', records(200)],
			['test.bin', records(100)]
		];
		const fine = await card(files);
		expect(fine.classes).toHaveLength(100);
		expect(fine.classes[0]).toEqual({ name: 'apple', train: 2, test: 1 });
		expect((await card(files, { labelling: 'coarse' })).classes).toHaveLength(20);
	});

	it('is read from Python’s pickles, which run nothing', async () => {
		const files: Files = [
			['b/data_batch_1', cifarPickle(20)],
			['b/test_batch', cifarPickle(10)]
		];
		expect(classes(await card(files))).toContain('airplane 2+1');
		const arrays: Files = [
			['b/data_batch_1', cifarPickle(20, true)],
			['b/test_batch', cifarPickle(10, true)]
		];
		expect((await card(arrays)).classes).toEqual((await card(files)).classes);
		const evil = text("cos\nsystem\n(S'true'\ntR.");
		expect(await refused([['b/data_batch_1', new Uint8Array([0x80, 2, ...evil])]])).toMatchObject({
			code: 'damaged',
			found: expect.stringContaining('os.system')
		});
	});

	it('says where a batch is cut or a label wrong', async () => {
		const train = cifarRecords(0, 3);
		expect(await refused([['data_batch_1.bin', train.subarray(0, 4000)]])).toMatchObject({
			file: 'data_batch_1.bin',
			offset: 4000
		});
		const wrong = train.slice();
		wrong[3073] = 10;
		expect(await refused([['data_batch_1.bin', wrong]])).toMatchObject({
			offset: 3073,
			expected: 'a label from 0 to 9',
			found: '10'
		});
	});
});

describe('IDX files', () => {
	it.each([false, true])('are read, gzipped: %s', async (gzipped) => {
		const { set } = await kept(brought(idxFiles(20, gzipped)));
		const { manifest } = set;
		expect(manifest.shape).toEqual([12, 12, 1]);
		expect([manifest.splits.train.count, manifest.splits.test.count]).toEqual([20, 10]);
		const all = idxFiles(20).get('train-images-idx3-ubyte')!.subarray(16);
		const mean = all.reduce((sum, v) => sum + v, 0) / all.length / 255;
		expect(manifest.mean[0]).toBeCloseTo(mean, 10);
	});

	it('that are there twice count once, as in Kaggle’s MNIST', async () => {
		const files = [...idxFiles(20)].map(([name, bytes]) => [`m/${name}`, bytes] as const);
		const twice = files.map(([name, bytes]) => [name.replace('-idx', '.idx'), bytes] as const);
		const all = await card([...twice, ...files]);
		expect(left(all)).toEqual({ copy: 4 });
		expect(all.classes).toEqual((await card(files)).classes);
		// Labels of both parts may be the same.
		const same = idx(
			0x08,
			[20],
			labels(20, (i) => i % 2)
		);
		const images = (seed: number) =>
			idx(
				0x08,
				[20, 4, 4],
				labels(320, (i) => (i * seed) % 251)
			);
		const equal = await card([
			['train-images', images(7)],
			['train-labels', same],
			['t10k-images', images(11)],
			['t10k-labels', same]
		]);
		expect(classes(equal)).toBe('0 10+10, 1 10+10');
	});

	it('leave out images with values that are no finite numbers', async () => {
		const pixels = labels(40 * 16, (i) => (i === 20 ? NaN : i === 100 ? Infinity : (i % 5) / 4));
		const { card: all } = await kept(
			brought([
				['train-images', idx(0x0d, [40, 4, 4], pixels)],
				[
					'train-labels',
					idx(
						0x08,
						[40],
						labels(40, (i) => i % 2)
					)
				]
			])
		);
		expect(left(all)).toEqual({ unreadable: 2 });
		expect(codes(all)).not.toContain('range');
	});

	const labels = (count: number, of: (i: number) => number) =>
		Array.from({ length: count }, (_, i) => of(i));
	const images = (count: number, side = 12) =>
		idx(
			0x08,
			[count, side, side],
			labels(count * side * side, (i) => i % 251)
		);
	it('sorted by label are shuffled, and each beginning of the test images holds the classes in proportion', async () => {
		const sorted = (count: number) =>
			idx(
				0x08,
				[count],
				labels(count, (i) => Math.floor((i * 10) / count))
			);
		const { set } = await kept(
			brought([
				['train-images', images(600)],
				['train-labels', sorted(600)],
				['t10k-images', images(300)],
				['t10k-labels', sorted(300)]
			])
		);
		const first = labels(50, (i) => set.image('test', i).label);
		for (let label = 0; label < 10; label++)
			expect(first.filter((one) => one === label)).toHaveLength(5);
		expect(new Set(labels(60, (i) => set.image('train', i).label)).size).toBe(10);
	});

	it.each<[string, Files, string]>([
		[
			'EMNIST’s letters count from 1',
			[
				['emnist-letters-train-images-idx3-ubyte', images(52)],
				[
					'emnist-letters-train-labels-idx1-ubyte',
					idx(
						0x08,
						[52],
						labels(52, (i) => 1 + (i % 26))
					)
				]
			],
			'A 1+1, B 1+1'
		],
		[
			'QMNIST’s labels are eight numbers',
			[
				['qmnist-train-images-idx3-ubyte', images(40)],
				[
					'qmnist-train-labels-idx2-int',
					idx(
						0x0c,
						[40, 8],
						labels(320, (i) => (i % 8 ? 7 : (i / 8) % 2))
					)
				]
			],
			'0 17+3, 1 17+3'
		],
		[
			'labels of 16 bits, of any distance',
			[
				['train-images', images(40)],
				[
					'train-labels',
					idx(
						0x0b,
						[40],
						labels(40, (i) => (i % 2 ? 300 : -5))
					)
				]
			],
			'-5 17+3, 300 17+3'
		]
	])('%s', async (_, files, expected) => {
		expect(classes(await card(files)).slice(0, expected.length)).toBe(expected);
	});

	it('of EMNIST are set upright', async () => {
		const one = labels(144, (i) => i);
		const many = idx(
			0x08,
			[24, 12, 12],
			labels(24 * 144, (i) => one[i % 144])
		);
		const { set, card } = await kept(
			brought([
				['emnist-mnist-train-images-idx3', many],
				[
					'emnist-mnist-train-labels-idx1',
					idx(
						0x08,
						[24],
						labels(24, (i) => i % 2)
					)
				]
			])
		);
		expect(codes(card)).toContain('turned');
		expect(set.image('train', 0).pixels[1]).toBe(12);
	});

	it('of floats from 0 to 1, and of an odd side, keep every pixel', async () => {
		const floats = idx(
			0x0d,
			[24, 27, 27],
			labels(24 * 729, (i) => (i % 11) / 10)
		);
		const { set, card } = await kept(
			brought([
				['train-images', floats],
				[
					'train-labels',
					idx(
						0x08,
						[24],
						labels(24, (i) => i % 2)
					)
				]
			])
		);
		expect(card.image).toMatchObject({ side: 28, fit: 'pad' });
		const { pixels } = set.image('train', 0);
		expect(new Set(pixels).size).toBe(11);
		expect(Math.max(...pixels)).toBe(255);
	});

	it('say what is wrong by file and byte', async () => {
		const change = (name: string, edit: (bytes: Uint8Array) => Uint8Array): Files => {
			const files = idxFiles(20);
			files.set(name, edit(files.get(name)!.slice()));
			return [...files];
		};
		expect(
			await refused(change('train-images-idx3-ubyte', (bytes) => bytes.subarray(0, 1000)))
		).toMatchObject({ file: 'train-images-idx3-ubyte', offset: 1000 });
		expect(
			await refused(change('t10k-labels-idx1-ubyte', (bytes) => bytes.fill(9, 7, 8)))
		).toMatchObject({ offset: 17, found: 'more bytes than its header says' });
		expect(await refused([...idxFiles(20)].slice(0, 1))).toMatchObject({
			expected: expect.stringContaining('train-labels')
		});
	});
});

describe('a set that was saved', () => {
	it('opens from its file as the same set, and says where it is damaged', async () => {
		const stored = new Map<string, Uint8Array>();
		const looked = await look(brought(folder(['p/cat', 'p/dog'])), DECODERS, nothing);
		const { pack } = await looked.keep(
			NO_CHOICES,
			async (file, bytes) => void stored.set(file, bytes),
			nothing
		);
		stored.set('manifest.json', text(JSON.stringify(pack.manifest)));
		const zip = () => zipSync(Object.fromEntries(stored), { level: 0 });
		const { set, card: again } = await kept(brought([['pets.images.zip', zip()]]));
		expect(again.id).toBe(pack.manifest.id);
		expect(classes(again)).toBe('cat 10+2, dog 10+2');
		expect(set.manifest).toEqual(pack.manifest);
		const [{ file }] = pack.manifest.splits.train.shards;
		stored.set(file, gzipSync(new Uint8Array(8)));
		expect(await refused([['pets.images.zip', zip()]])).toMatchObject({ code: 'damaged' });
		stored.delete(file);
		expect(await refused([['pets.images.zip', zip()]])).toMatchObject({ code: 'damaged' });
	});
});

describe('what is no set of images', () => {
	it.each<[string, Uint8Array, string]>([
		['empty', new Uint8Array(0), 'empty'],
		['page', text('<!DOCTYPE html><html><body>Sign in'), 'web-page'],
		['pointer', text('version https://git-lfs.github.com/spec/v1\noid sha256:0'), 'git-lfs'],
		['numbers', Uint8Array.of(0x93, ...text('NUMPY'), 1, 0), 'numpy'],
		['parquet', text('PAR1xxxx'), 'parquet'],
		['table', text('label,pixel0,pixel1\n1,0,0\n'), 'text'],
		['paper', text('%PDF-1.7'), 'pdf'],
		['phone', text('\0\0\0\x18ftypheic\0\0\0\0'), 'heic'],
		['archive', text('Rar!\x1a\x07\0'), 'packed'],
		['signs', text('P6\n# made\n2 1\n255\n......'), 'other-picture'],
		['scan', Uint8Array.of(0, 0, 0, 12, ...text('jP  \r\n\x87\n')), 'other-picture'],
		[
			'icon',
			Uint8Array.of(0, 0, 1, 0, 1, 0, 16, 16, 0, 0, 1, 0, 32, 0, 4, 0, 0, 0, 22, 0, 0, 0),
			'ico'
		],
		[
			'game',
			Uint8Array.of(0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 1, 0, 24, 0, 9, 8, 7, 6, 5, 4),
			'tga'
		],
		['weights', text('\x80\x02ctorch._utils\n_rebuild_tensor_v2\n.').subarray(1), 'weights']
	])('%s is told what it is', async (_, bytes, kind) => {
		expect(await refused([['file.bin', bytes]])).toMatchObject({ code: 'not-images', kind });
	});

	it('nothing, and unknown bytes', async () => {
		expect(await refused([])).toEqual({ code: 'nothing' });
		expect(await refused([['x.dat', Uint8Array.of(1, 2, 3, 0, 5)]])).toMatchObject({
			code: 'no-images'
		});
	});
});

describe('an archive of many pictures', () => {
	/** More than a zip file's window and than what a tar archive holds in memory. */
	const files = ['a', 'b'].flatMap((name) =>
		Array.from(
			{ length: 80 },
			(_, i) => [`p/${name}/${i}.png`, picture(`${name}${i}`, 128)] as const
		)
	);
	const archives: readonly (readonly [string, () => Promise<Uint8Array>])[] = [
		['p.zip', () => Promise.resolve(zipSync(Object.fromEntries(files), { level: 0 }))],
		['p.zip', () => Promise.resolve(zipSync(Object.fromEntries(files), { level: 1 }))],
		[
			'p.tar',
			() => packTar(files.map(([name, body]) => ({ header: { name, size: body.length }, body })))
		]
	];
	it.each(archives)(
		'%s gives the same images as its files, and says how far it is',
		async (name, pack) => {
			const loose = await kept(brought(files));
			const archive = await pack();
			const told: number[] = [];
			await look(brought([[name, archive]]), DECODERS, ({ done, total }) => {
				expect(total).toBe(archive.length);
				told.push(done);
			});
			expect(told.length).toBeGreaterThan(120);
			expect(told).toEqual(told.toSorted((a, b) => a - b));
			expect(told[80] / archive.length).toBeCloseTo(0.5, 1);
			expect(told.at(-1)! / archive.length).toBeCloseTo(1, 1);
			const packed = await kept(brought([[name, archive]]));
			expect(packed.card.id).toBe(loose.card.id);
			for (const i of [0, 7, 119])
				expect(packed.set.image('train', i)).toEqual(loose.set.image('train', i));
		}
	);
});

describe('what would fill the memory', () => {
	const zeros = new Uint8Array(120e6);
	it('an archive is refused, and beside images it costs only itself', async () => {
		const packed = gzipSync(zeros, { level: 1 });
		const zipped = zipSync({ 'p/a.bin': zeros }, { level: 1 });
		expect(await refused([['x.tar.gz', packed]])).toMatchObject({ code: 'bomb', file: 'x.tar.gz' });
		expect(await refused([['x.zip', zipped]])).toMatchObject({ code: 'bomb', file: 'x.zip' });
		const beside = await card([...folder(['p/cat', 'p/dog']), ['p/x.tar.gz', packed]]);
		expect(classes(beside)).toBe('cat 10+2, dog 10+2');
		expect(left(beside)).toEqual({ archive: 1 });
	}, 60_000);

	it('a picture of 20,000×20,000 is left out with its size', async () => {
		const huge = picture('huge');
		new DataView(huge.buffer, huge.byteOffset).setUint32(16, 20_000);
		new DataView(huge.buffer, huge.byteOffset).setUint32(20, 20_000);
		const pets = await card([...folder(['p/cat', 'p/dog']), ['p/cat/huge.png', huge]]);
		expect(pets.leftOut).toEqual([
			{ reason: 'too-large', count: 1, examples: ['p/cat/huge.png: 20000×20000 pixels'] }
		]);
	});
});

describe('damaged files', () => {
	it('give a set that opens, or the reader’s own error, and nothing else', async () => {
		const archive = await cifarArchive(2);
		const zipped = zipSync(Object.fromEntries(folder(['p/cat', 'p/dog'], 4)));
		const pickle = cifarPickle(3);
		let refusals = 0;
		for (let seed = 0; seed < 400; seed++) {
			const all = [...idxFiles(8, seed % 5 === 2)];
			const [name, bytes] = all[seed % 4];
			const files: Files = [
				[['cifar-10-binary.tar.gz', damage(archive, seed)] as const],
				[['pets.zip', damage(zipped, seed)] as const],
				all.with(seed % 4, [name, damage(bytes, seed)]),
				[['data_batch_1', damage(pickle, seed)] as const],
				folder(['p/cat', 'p/dog'], 4).map(
					([path, own], i) => [path, i === 1 ? damage(own, seed) : own] as const
				)
			][seed % 5];
			try {
				await kept(brought(files));
			} catch (error) {
				expect(error, `seed ${seed}: ${error instanceof Error ? error.stack : ''}`).toBeInstanceOf(
					ImportError
				);
				refusals++;
			}
		}
		expect(refusals).toBeGreaterThan(100);
	}, 120_000);
});
