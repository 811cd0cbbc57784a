// Reads IDX files of bytes, the format of MNIST and Fashion-MNIST: a big-endian magic number `00 00 08 rank`, one 32-bit length
// per axis, then the values.

const BYTES_RANK_0 = 0x0800;

/**
 * @param {Uint8Array} bytes the file, already decompressed
 * @param {number} rank number of axes expected: 3 for grey images, 1 for labels
 * @returns {{shape: number[], values: Uint8Array}} `[N, H, W]` or `[N]`, and a view into the bytes that were read
 * @throws RangeError naming the magic number or the size that does not fit
 */
export function readIdx(bytes, rank) {
	const header = 4 + 4 * rank;
	if (bytes.length < header)
		throw new RangeError(`IDX: ${bytes.length} bytes are too few for a header of ${header}`);
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	const magic = view.getUint32(0);
	const expected = BYTES_RANK_0 + rank;
	if (magic !== expected)
		throw new RangeError(
			`IDX: magic number ${hex(magic)}, expected ${hex(expected)} (bytes, ${rank} axes)` +
				(magic >>> 16 === 0x1f8b ? '; the file is still gzipped' : '')
		);
	const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis));
	const size = shape.reduce((product, length) => product * length, 1);
	if (bytes.length !== header + size)
		throw new RangeError(
			`IDX: ${bytes.length - header} values, expected ${shape.join(' × ')} = ${size}`
		);
	return { shape, values: bytes.subarray(header) };
}

/** @param {number} value */
function hex(value) {
	return `0x${value.toString(16).padStart(8, '0')}`;
}
