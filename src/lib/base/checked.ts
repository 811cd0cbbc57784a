/** Values from outside, such as records and links: read, and checked by a schema that names what is wrong. */
import * as v from 'valibot';

/** The file is no record of ours, or a damaged one; says where and what. */
export class RecordError extends Error {
	override readonly name = 'RecordError';
	constructor(
		/** Path of the value in the file, `steps.3.lanes.0.loss`; empty for the whole. */
		readonly path: string,
		/** What was found and what was expected, in English. */
		readonly detail: string
	) {
		super(path ? `${path}: ${detail}` : detail);
	}
}

/** @throws RecordError naming the first value that is wrong and what was expected */
export function checked<T>(schema: v.GenericSchema<unknown, T>, value: unknown): T {
	const result = v.safeParse(schema, value, { abortEarly: true });
	if (result.success) return result.output;
	const [issue] = result.issues;
	throw new RecordError(v.getDotPath(issue) ?? '', issue.message);
}

/** @throws RecordError where the text is no JSON; @param name of what it is a part of */
export function parsed(text: string, name = ''): unknown {
	try {
		return JSON.parse(text);
	} catch (error) {
		throw new RecordError(name, `not JSON: ${(error as Error).message}`);
	}
}
