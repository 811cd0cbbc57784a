import { describe, expect, it } from 'vitest';
import { readIdx } from './idx.mjs';

const images = new Uint8Array([0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6]);
const labels = new Uint8Array([0, 0, 8, 1, 0, 0, 0, 2, 9, 0]);

describe('readIdx', () => {
	it('reads images and labels', () => {
		expect(readIdx(images, 3)).toEqual({
			shape: [2, 1, 3],
			values: new Uint8Array([1, 2, 3, 4, 5, 6])
		});
		expect(readIdx(labels, 1)).toEqual({ shape: [2], values: new Uint8Array([9, 0]) });
	});

	it('reads a view that does not start at 0', () => {
		const bytes = new Uint8Array([7, 7, 7, ...labels]).subarray(3);
		expect(readIdx(bytes, 1).values).toEqual(new Uint8Array([9, 0]));
	});

	it.each([
		[labels, 3, /10 bytes .* header of 16/],
		[images, 1, /magic number 0x00000803, expected 0x00000801/],
		[new Uint8Array([0x1f, 0x8b, 8, 0, 0, 0, 0, 0]), 1, /0x1f8b0800, .*still gzipped/],
		[images.subarray(0, 21), 3, /5 values, expected 2 × 1 × 3 = 6/],
		[new Uint8Array(3), 1, /3 bytes are too few/]
	])('names what does not fit (%#)', (bytes, rank, message) => {
		expect(() => readIdx(bytes, rank)).toThrow(message);
	});
});
