/** Checks values from outside. */
import * as v from 'valibot';

/** @throws Error naming the path of the first value that does not fit */
export function check<T extends v.GenericSchema>(schema: T, json: unknown): v.InferOutput<T> {
	const result = v.safeParse(schema, json, { abortEarly: true });
	if (result.success) return result.output;
	const [issue] = result.issues;
	throw new Error(`${v.getDotPath(issue) ?? 'file'}: ${issue.message}`);
}
