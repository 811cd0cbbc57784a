import { gzipSync as nodeGzip } from 'node:zlib';
import { strToU8, zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { drawInteger, randomStream } from '$lib/base/random';
import { analyse } from '$lib/network';
import { laneNetwork } from '../experiment/experiment';
import { PRESETS } from '../experiment/presets';
import { RecordFileError } from './problem';
import { readRecordFile } from './read';
import { lengthsOf, writeRecord, type RunRecord } from './record';
import { writeRecording } from './recording';

const experiment = PRESETS.degradation(8);
const input = [16, 16, 1] as const;
const { parameters } = analyse(laneNetwork(experiment.lanes[0], input));
const lengths = lengthsOf({ experiment, input });
const lane = (i: number, loss: number) => ({
	loss,
	trainingError: 0.875,
	...Object.fromEntries(
		Object.entries(lengths[i]).map(([key, length]) => [key, new Float32Array(length).fill(0.5)])
	)
});
const record = {
	version: 1,
	kind: 'residual-explorer-run',
	experiment,
	input,
	environment: {
		app: 'residual-explorer 9.9.9',
		backend: 'wasm',
		trials: [],
		userAgent: 'Füchse 猫',
		startedAt: '2026-01-01T00:00:00.000Z'
	},
	steps: [1, 2, 3, 4].map((step) => ({
		step,
		milliseconds: 12.5,
		lanes: [step === 3 ? lane(0, NaN) : lane(0, 2), step === 4 ? null : lane(1, Infinity)]
	})),
	evaluations: [{ step: 2, lane: 1, loss: Infinity, error: 0.9, images: 500 }],
	events: [{ kind: 'gate', step: 1, lane: 1, block: 2, gate: 0 }]
} as unknown as RunRecord;
const text = writeRecord(record);

/** The JSON of a record, whose values tests change. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- any value at any place
const changed = (change: (json: any) => void): string => {
	const json = JSON.parse(text);
	change(json);
	return JSON.stringify(json);
};
const utf16 = (content: string, swap: boolean) => {
	const bytes = Buffer.from(content, 'utf16le');
	return swap ? bytes.swap16() : bytes;
};
const read = (content: string | Uint8Array | Buffer) =>
	readRecordFile(new Blob([content as Uint8Array<ArrayBuffer>]));
async function problemOf(content: string | Uint8Array) {
	const error: unknown = await read(content).then(
		() => null,
		(reason) => reason
	);
	if (error instanceof RecordFileError) return error.problem;
	throw error;
}

describe('a record is read', () => {
	const half = text.length / 2;
	const python = text.replaceAll(/"(NaN|Infinity)"/g, '$1');
	const sorted = JSON.stringify(
		Object.fromEntries(Object.entries(JSON.parse(text)).sort(([a], [b]) => (a < b ? 1 : -1)))
	);
	it.each<[string, string | Uint8Array]>([
		['as it was written', text],
		['with a byte order mark', `\ufeff${text}`],
		['in UTF-16 with its mark, as PowerShell writes it', utf16(`\ufeff${text}\r\n`, false)],
		['in UTF-16 with its mark, big endian', utf16(`\ufeff${text}`, true)],
		['in UTF-16 without a mark', utf16(text, false)],
		['packed by gzip', nodeGzip(text)],
		['packed by gzip twice', nodeGzip(nodeGzip(text))],
		['packed by gzip in UTF-16', nodeGzip(utf16(`\ufeff${text}`, false))],
		[
			'packed by gzip in several members',
			Buffer.concat([nodeGzip(text.slice(0, half)), nodeGzip(text.slice(half)), Buffer.alloc(512)])
		],
		['in a zip file', zipSync({ 'my run.json': strToU8(text) })],
		[
			'in a zip file of a Mac, in a folder',
			zipSync({
				'run/': strToU8(''),
				'run/anna.json': strToU8(text),
				'__MACOSX/run/._anna.json': strToU8('x'),
				'run/.DS_Store': strToU8('x')
			})
		],
		[
			'in a zip file beside a text',
			zipSync({ 'a.json': strToU8(text), 'README.txt': strToU8('x') })
		],
		['packed by gzip in a zip file', zipSync({ 'record.json.gz': nodeGzip(text) })],
		[
			'in the folder of a PyTorch project',
			zipSync({ 'out/record.json': strToU8(text), 'out/networks.json': strToU8('[]') })
		],
		['written again by Python', python],
		['written again with sorted keys', sorted],
		[
			'pretty-printed with CRLF',
			JSON.stringify(JSON.parse(text), null, 4).replaceAll('\n', '\r\n')
		],
		['followed by blank lines and zeros', `\n ${text}\r\n\r\n\0\0\0`]
	])('%s', async (_, content) => {
		expect(await read(content)).toEqual({ record, warnings: [] });
	});

	it('as a recording, also within another zip file', async () => {
		const recording = writeRecording(record, 'two cores');
		for (const content of [recording, zipSync({ 'record.zip': recording })]) {
			const { record: found, warnings } = await read(content);
			expect(found.steps).toHaveLength(4);
			expect(warnings).toEqual([]);
		}
	});
});

describe('a record is read with a warning', () => {
	it('when it has fields that this version does not know', async () => {
		const content = changed((json) => {
			json.student = 'Anna';
			json.experiment.recipe.lookahead = 5;
			json.experiment.lanes[1].network.rotary = true;
			json.environment.browser = 'x';
			json.events[0].reason = 'why not';
			for (const step of json.steps) if (step.lanes[0]) step.lanes[0].curvature = [1];
		});
		const { record: found, warnings } = await read(content);
		expect(found).toEqual(record);
		expect(warnings).toEqual([
			{
				code: 'unknown-fields',
				paths: expect.arrayContaining([
					'student',
					'experiment.recipe.lookahead',
					'experiment.lanes.1.network.rotary',
					'environment.browser',
					'events.0.reason',
					'steps.0.lanes.0.curvature'
				])
			}
		]);
		expect((warnings[0] as unknown as { paths: string[] }).paths).toHaveLength(6);
	});

	it('when steps are missing at its end', async () => {
		const content = changed((json) => json.steps.splice(1));
		const { record: found, warnings } = await read(content);
		expect(found.steps).toHaveLength(1);
		expect(warnings).toEqual([
			{ code: 'beyond-last-step', path: 'evaluations.0.step', step: 2, last: 1 }
		]);
	});

	it('when text follows', async () => {
		const { record: found, warnings } = await read(`${text}\n# made on Friday`);
		expect(found).toEqual(record);
		expect(warnings).toEqual([{ code: 'text-behind', begins: '#' }]);
	});
});

describe('what is wrong is told', () => {
	it('of a cut file: the byte and the step', async () => {
		const start = text.indexOf('"steps":');
		const second = text.indexOf('{"step":2,"milli');
		for (const end of [1, 20, start, start + 9, second - 1, second, second + 40, text.length - 1]) {
			const steps = end < second ? 0 : end === text.length - 1 ? 4 : 1;
			const bytes = Buffer.byteLength(text.slice(0, end));
			expect(await problemOf(text.slice(0, end)), `at ${end}`).toEqual({
				code: 'cut',
				bytes,
				steps
			});
		}
		const packed = nodeGzip(text);
		for (const end of [5, 300, packed.length - 1])
			expect(await problemOf(packed.subarray(0, end))).toMatchObject({ code: 'cut', bytes: end });
		const zip = zipSync({ 'a.json': strToU8(text) });
		expect(await problemOf(zip.subarray(0, 300))).toMatchObject({ code: 'zip-damaged' });
	});

	it.each<[string, string | Uint8Array, object]>([
		['nothing', '', { code: 'empty', bytes: 0 }],
		['zeros', new Uint8Array(2000), { code: 'empty', bytes: 2000 }],
		['a web page', '\n<!DOCTYPE html><title>Sign in</title>', { code: 'web-page' }],
		[
			'a pointer of git-lfs',
			'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n',
			{ code: 'git-lfs' }
		],
		['a table', 'step,lane,loss\n1,0,2.3', { code: 'not-json', begins: 'step,lane,loss 1,0,2.3' }],
		['a picture', Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10), { code: 'not-json' }],
		[
			'an experiment',
			JSON.stringify(experiment),
			{ code: 'other', keys: expect.arrayContaining(['lanes']) }
		],
		['steps of something else', '{"steps": [{"a": 1}], "name": "x"}', { code: 'other' }],
		['a list of records', `[${text}]`, { code: 'several' }],
		['a record on every line', `${text}\n${text}\n`, { code: 'several' }],
		['JSON Lines of steps', '{"step": 1}\n{"step": 2}\n', { code: 'several' }],
		['a newer version', changed((json) => (json.version = 2)), { code: 'newer', version: 2 }],
		['no version', changed((json) => delete json.version), { code: 'no-version', version: 1 }],
		[
			'a zip file of pictures with a note',
			zipSync({ 'cats/1.png': strToU8('x'), 'cats/2.JPG': strToU8('x'), 'a.txt': strToU8('x') }),
			{ code: 'pictures', files: ['cats/1.png', 'cats/2.JPG'] }
		],
		[
			'a zip file of more pictures than a record has files',
			zipSync(
				Object.fromEntries(Array.from({ length: 10_001 }, (_, i) => [`${i}.png`, new Uint8Array()]))
			),
			{ code: 'pictures', files: ['0.png', '1.png'] }
		],
		['no steps', changed((json) => (json.steps = [])), { code: 'no-steps' }],
		['an empty zip file', zipSync({}), { code: 'zip-none', files: [] }],
		[
			'two records in a zip file',
			zipSync({ 'a.json': strToU8(text), 'b.json': strToU8(text) }),
			{ code: 'zip-several', files: ['a.json', 'b.json'] }
		],
		[
			'an error of syntax in a step',
			text.replace('"step":2,"m', '"step"=2,"m'),
			{ code: 'syntax', step: 2 }
		],
		[
			'an error of syntax elsewhere',
			text.replace('"kind":', '"kind"='),
			{ code: 'syntax', step: null }
		],
		[
			'damaged gzip',
			nodeGzip(text).map((byte, i) => (i === 500 ? byte ^ 255 : byte)),
			{ code: 'gzip-damaged' }
		]
	])('%s', async (_, content, problem) => {
		expect(await problemOf(content)).toMatchObject(problem);
	});

	// eslint-disable-next-line @typescript-eslint/no-explicit-any -- any value at any place
	it.each<[string, (json: any) => void, string, RegExp]>([
		['a step that is a word', (r) => (r.steps[1] = 'x'), 'steps.1', /expected|Expected/i],
		['no list of steps', (r) => (r.steps = 5), 'steps', /expected a list/],
		['steps missing', (r) => delete r.steps, 'steps', /missing/],
		[
			'a depth that is none',
			(r) => (r.experiment.lanes[0].network.depth = 9),
			'experiment.lanes.0.network.depth',
			/9/
		],
		[
			'a loss that is a word',
			(r) => (r.steps[0].lanes[0].loss = 'low'),
			'steps.0.lanes.0.loss',
			/number.*"low"/
		],
		[
			'a negative loss',
			(r) => (r.steps[0].lanes[0].loss = -2),
			'steps.0.lanes.0.loss',
			/at least 0, received -2/
		],
		[
			'a loss of −∞',
			(r) => (r.steps[0].lanes[0].loss = '-Infinity'),
			'steps.0.lanes.0.loss',
			/received -Infinity/
		],
		[
			'a training error of 7',
			(r) => (r.steps[2].lanes[0].trainingError = 7),
			'steps.2.lanes.0.trainingError',
			/from 0 to 1, received 7/
		],
		[
			'a negative norm',
			(r) => (r.steps[1].lanes[1].gradientNorms[3] = -1e-3),
			'steps.1.lanes.1.gradientNorms.3',
			/received -0.001/
		],
		[
			'a norm that is null',
			(r) => (r.steps[1].lanes[1].gradientNorms[3] = null),
			'steps.1.lanes.1.gradientNorms.3',
			/received null/
		],
		[
			'a share of 2',
			(r) => (r.steps[0].lanes[0].deadShares[0] = 2),
			'steps.0.lanes.0.deadShares.0',
			/from 0 to 1, received 2/
		],
		['a negative time', (r) => (r.steps[0].milliseconds = -1), 'steps.0.milliseconds', /-1/],
		['a test error of 12', (r) => (r.evaluations[0].error = 12), 'evaluations.0.error', /12/],
		[
			'a negative learning rate',
			(r) => r.events.push({ kind: 'learning-rate', step: 1, learningRate: -1 }),
			'events.1.learningRate',
			/-1/
		],
		['an event that is none', (r) => (r.events[0].kind = 'party'), 'events.0.kind', /party/],
		[
			'a missing norm',
			(r) => (r.steps[1].lanes[0].gradientNorms = [1]),
			'steps.1.lanes.0.gradientNorms',
			new RegExp(`${parameters.length} numbers`)
		],
		['a step left out', (r) => r.steps.shift(), 'steps.0.step', /expected 1, received 2/],
		['steps in another order', (r) => r.steps.reverse(), 'steps.0.step', /expected 1, received 4/],
		[
			'a step that is there twice',
			(r) => r.steps.splice(1, 0, r.steps[0]),
			'steps.1.step',
			/expected 2, received 1/
		],
		['a lane too few', (r) => r.steps[0].lanes.pop(), 'steps.0.lanes', /expected 2 lanes/],
		[
			'an event of a lane that is not there',
			(r) => (r.events[0].lane = 5),
			'events.0.lane',
			/0 to 1, received 5/
		]
	])('%s', async (_, change, path, detail) => {
		const problem = await problemOf(changed(change));
		expect(problem).toMatchObject({ code: 'value', path });
		expect((problem as { detail: string }).detail).toMatch(detail);
	});

	it('with the version of the app that wrote the record', async () => {
		const content = changed((json) => (json.experiment.recipe.optimiser = 'lion'));
		expect(await problemOf(content)).toMatchObject({
			code: 'value',
			path: 'experiment.recipe.optimiser',
			app: 'residual-explorer 9.9.9'
		});
	});

	it('of any damage, by a code', async () => {
		const files = [
			Buffer.from(text),
			utf16(`\ufeff${text}`, false),
			nodeGzip(text),
			Buffer.from(zipSync({ 'a.json': strToU8(text) })),
			Buffer.from(writeRecording(record, ''))
		];
		const random = randomStream(1, 'synthetic', 0);
		const codes = new Set<string>();
		for (let i = 0; i < 400; i++) {
			const damaged = Buffer.from(files[i % files.length]);
			for (let n = drawInteger(random, 1, 3); n > 0; n--)
				damaged[drawInteger(random, 0, damaged.length - 1)] = drawInteger(random, 0, 255);
			const cut = i % 3 ? damaged.length : drawInteger(random, 0, damaged.length);
			await read(damaged.subarray(0, cut)).then(
				({ record: found }) => expect(found.kind).toBe(record.kind),
				(error) => {
					if (!(error instanceof RecordFileError)) throw new Error(`damage ${i}`, { cause: error });
					codes.add(error.problem.code);
				}
			);
		}
		for (const code of ['cut', 'syntax', 'value', 'gzip-damaged', 'zip-damaged'])
			expect(codes).toContain(code);
	});

	it('of values nested too deeply', async () => {
		const deep = '['.repeat(1e5) + ']'.repeat(1e5);
		expect(
			await problemOf(text.replace('"evaluations":', `"a":${deep},"evaluations":`))
		).toMatchObject({ code: 'value' });
	});

	it('of bombs', async () => {
		const zeros = Buffer.alloc(2e7, ' ');
		const bomb = Buffer.concat([nodeGzip('{"steps": ['), ...Array(40).fill(nodeGzip(zeros))]);
		expect(await problemOf(bomb)).toMatchObject({ code: 'large' });
		const long = nodeGzip(`{"a": "${'x'.repeat(4e7)}`);
		expect(await problemOf(long)).toMatchObject({ code: 'large' });
		const deep = `{"steps": [${'['.repeat(1e6)}`;
		expect(await problemOf(deep)).toMatchObject({ code: 'cut' });
		expect(await problemOf(`${deep}${']'.repeat(1e6)}]}`)).toMatchObject({ code: 'other' });
	}, 30_000);
});
