/** The refusal of networks that do not fit. */

/** Networks that need more memory than can be had; says how much and what to lower. Bytes. */
export class MemoryError extends RangeError {
	override readonly name = 'MemoryError';
	constructor(
		readonly needed: number,
		/** Null where the device does not tell. */
		readonly available: number | null
	) {
		const had = available === null ? 'the device has less' : `${megabytes(available)} can be had`;
		super(
			`the networks need ${megabytes(needed)} and ${had}: lower the depth, the width, the batch or the image size`
		);
	}
}

function megabytes(bytes: number): string {
	return `${Math.ceil(bytes / 1e6)} MB`;
}
