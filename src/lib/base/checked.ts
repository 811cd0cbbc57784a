/** Reads values from outside, such as records and links, and checks them with a schema that names what is wrong. */
import * as v from 'valibot';

/** Thrown for a file that is not a record, or is damaged; says where and why. */
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

/** @throws RecordError if the text is not JSON @param name name of the whole that it is part of */
export function parsed(text: string, name = ''): unknown {
	try {
		return JSON.parse(text);
	} catch (error) {
		throw new RecordError(name, `not JSON: ${(error as Error).message}`);
	}
}
