/** The error for networks that do not fit into memory. */

/** The networks need more memory than is available; says how many bytes, and what to reduce. */
export class MemoryError extends RangeError {
	override readonly name = 'MemoryError';
	constructor(
		readonly needed: number,
		/** Available bytes; null if the device does not tell. */
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
