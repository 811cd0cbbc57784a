/** Types for the part of gifenc that `encode.ts` and `pictures-page.ts` use; the package has none. */
declare module 'gifenc' {
	export type Palette = readonly (readonly number[])[];
	export function quantize(rgba: Uint8ClampedArray, colours: number): Palette;
	export function applyPalette(rgba: Uint8ClampedArray, palette: Palette): Uint8Array;
	export function GIFEncoder(): {
		writeFrame(
			index: Uint8Array,
			width: number,
			height: number,
			options: { palette: Palette; delay: number }
		): void;
		finish(): void;
		bytes(): Uint8Array;
	};
}
