/** The lengths of a network's paths as bars: shares of all paths, grouped to fit a small chart. */
import type { Paths } from '$lib/network';
import { formatCount, formatFixed, powerOfTen, superscript } from '../words/format';

export interface Bar {
	/** Smallest number of layers in the group; `to` is the largest. */
	readonly from: number;
	readonly to: number;
	/** Share of all paths, 0…1. */
	readonly share: number;
}

/** Groups paths by length. Exact for any number of paths, because it divides big integers before rounding. */
export function pathBars({ byLength, count, longest }: Paths, most = 60): Bar[] {
	const size = Math.ceil((longest + 1) / most);
	return Array.from({ length: Math.ceil((longest + 1) / size) }, (_, i) => {
		const from = i * size;
		const to = Math.min(longest, from + size - 1);
		let paths = 0n;
		for (let layers = from; layers <= to; layers++) paths += byLength[layers] ?? 0n;
		return { from, to, share: Number((paths * 1_000_000n) / count) / 1e6 };
	});
}

/** `2⁵⁴ ≈ 1.8 × 10¹⁶`; small counts are written in full. */
export function countText(count: bigint): string {
	if (count < 1_000_000n) return formatCount(count);
	const power = count.toString(2).length - 1;
	const digits = count.toString();
	const leading = formatFixed(Number(`${digits[0]}.${digits[1]}`), 1);
	return `2${superscript(power)} ≈ ${leading} × ${powerOfTen(digits.length - 1)}`;
}
