/** The types of images and batches, for all folders. */

/** Height, width and channels of one image or feature map, without the batch: `[H, W, C]`. */
export type ImageShape = readonly [height: number, width: number, channels: number];

/** Images and labels for one step. */
export interface Batch {
	/** `[N, H, W, C]`, standardised. */
	readonly images: Float32Array;
	/** `[N]`, class indices. */
	readonly labels: Int32Array;
	readonly shape: readonly [count: number, height: number, width: number, channels: number];
}
