/** The norms of the two terms of every block with a shortcut, y = F(x) + x, forward and backward, as values. */
import * as v from 'valibot';
import type { Immutable } from '$lib/base/immutable';
import { encodeNumber, magnitudeSchema } from '$lib/base/numbers';
import type { AnalysedNetwork } from '$lib/network';

/** L2 norms of a block's two terms and of their sum. */
const termsSchema = v.object({
	shortcut: magnitudeSchema,
	branch: magnitudeSchema,
	sum: magnitudeSchema
});
export type Terms = Immutable<v.InferOutput<typeof termsSchema>>;

/** By block; null for one without a shortcut. */
export const blockTermsSchema = v.array(
	v.nullable(
		v.object({
			/** Of x, the shortcut's term after its gate, and F(x). */
			forward: termsSchema,
			/** Of what comes back to the block's input, in nats by its output. */
			backward: termsSchema
		})
	)
);
export type BlockTerms = Immutable<v.InferOutput<typeof blockTermsSchema>>;

const writeTerms = ({ shortcut, branch, sum }: Terms) => ({
	shortcut: encodeNumber(shortcut),
	branch: encodeNumber(branch),
	sum: encodeNumber(sum)
});

export const writeBlockTerms = (blocks: BlockTerms) =>
	blocks.map(
		(block) => block && { forward: writeTerms(block.forward), backward: writeTerms(block.backward) }
	);

/** Describes a wrong number of blocks; null if it is right. */
export const blocksDisagree = (blocks: BlockTerms, { blocks: own }: AnalysedNetwork) =>
	blocks.length === own.length
		? null
		: { path: 'blocks', detail: `expected ${own.length} blocks, received ${blocks.length}` };
