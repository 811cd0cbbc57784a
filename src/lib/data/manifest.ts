/**
 * The manifest of a data pack: shape, classes, source, licence, and its shards with their hashes. It is checked when
 * read; the rest of this folder trusts it.
 */
import type { Immutable } from '$lib/base/immutable';
import * as v from 'valibot';

/** `test` images are never trained on. */
export type Split = 'train' | 'test';

const MAX_CLASSES = 256; // a label is one byte

const text = v.pipe(v.string(), v.nonEmpty());
const count = (max: number) => v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(max));
const fileName = v.pipe(
	v.string(),
	v.regex(
		/^[\w-][\w.-]*$/,
		(issue) => `expected a file name without folders, received ${issue.received}`
	)
);

const splitSchema = v.pipe(
	v.strictObject({
		/** Number of images in all shards. */
		count: count(10_000_000),
		/** Shards in the order of the images. Each is one file: gzip of `[pixels: uint8 N×H×W×C][labels: uint8 N]`. */
		shards: v.pipe(
			v.array(
				v.strictObject({
					/** File name, beside the manifest. */
					file: fileName,
					/** Number of images in the shard. */
					count: count(1_000_000),
					bytes: count(2 ** 31 - 1),
					/** SHA-256 of the file, in hexadecimal. */
					sha256: v.pipe(
						v.string(),
						v.regex(
							/^[0-9a-f]{64}$/,
							(issue) => `expected 64 hexadecimal digits, received ${issue.received}`
						)
					)
				})
			),
			v.minLength(1, 'expected at least one shard')
		)
	}),
	v.check(
		(split) => split.count === sum(split.shards),
		(issue) =>
			`count ${issue.input.count} is not the ${sum(issue.input.shards)} images of its shards`
	)
);

const manifestSchema = v.pipe(
	v.strictObject({
		version: v.literal(1),
		/** Id in the catalogue. */
		id: text,
		/** Name for people, the same in every language. */
		title: text,
		shape: v.strictTuple([count(4096), count(4096), count(16)]),
		/** Names of the classes, in the order of the labels. */
		classes: v.pipe(v.array(text), v.minLength(2), v.maxLength(MAX_CLASSES)),
		/** Mean of each channel, for pixels in 0…1 over the source's whole training split. */
		mean: v.array(v.pipe(v.number(), v.finite())),
		std: v.array(
			v.pipe(
				v.number(),
				v.finite(),
				v.check(
					(std) => std > 0,
					(issue) => `expected more than 0, received ${issue.received}`
				)
			)
		),
		/** Source of the images. */
		source: text,
		/** The licence; `file` has its text, beside the manifest. */
		licence: v.strictObject({ name: text, copyright: text, file: fileName }),
		splits: v.strictObject({ train: splitSchema, test: splitSchema })
	}),
	v.check(
		({ shape, mean, std }) => mean.length === shape[2] && std.length === shape[2],
		({ input: { shape, mean, std } }) =>
			`${mean.length} means and ${std.length} standard deviations for ${shape[2]} channels`
	)
);

export type Manifest = Immutable<v.InferOutput<typeof manifestSchema>>;
export type SplitInfo = Manifest['splits'][Split];
export type ShardInfo = SplitInfo['shards'][number];

/** Thrown for an invalid manifest; the message names the field, its value and what was expected. */
export class ManifestError extends Error {
	override readonly name = 'ManifestError';
}

/**
 * Reads a manifest from its JSON text.
 * @throws ManifestError
 */
export function parseManifest(json: string): Manifest {
	let value: unknown;
	try {
		value = JSON.parse(json);
	} catch (error) {
		throw new ManifestError(`manifest: not JSON: ${(error as Error).message}`);
	}
	const result = v.safeParse(manifestSchema, value);
	if (result.success) return result.output;
	const [issue] = result.issues;
	const field = v.getDotPath(issue);
	throw new ManifestError(`manifest${field ? `: ${field}` : ''}: ${issue.message}`);
}

function sum(shards: readonly { count: number }[]): number {
	return shards.reduce((total, shard) => total + shard.count, 0);
}
