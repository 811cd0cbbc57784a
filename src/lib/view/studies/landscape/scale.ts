/** A common logarithmic loss scale for landscapes side by side. */
import { NORM_SHADES } from '../../charts/normColour';

/** Losses in nats: `low` at the bottom of the scale, `high` at its top. */
export interface LossDomain {
	readonly low: number;
	readonly high: number;
}

/** Losses above this are drawn at the top of the scale, because differences far above guessing do not matter. */
export const HIGHEST_LOSS = 100;
/** Losses below this, such as 0, are drawn at the bottom of the scale. */
const LOWEST_LOSS = 1e-4;

export function lossDomain(lists: readonly (readonly number[])[]): LossDomain {
	const finite = lists.flat().filter(Number.isFinite);
	const low = Math.max(LOWEST_LOSS, Math.min(...finite, HIGHEST_LOSS / 10));
	const high = Math.min(HIGHEST_LOSS, Math.max(...finite, 2 * low));
	return { low, high };
}

/** Position on the scale, 0…1; a loss that is not finite is at the top. */
export function lossPosition(loss: number, { low, high }: LossDomain): number {
	if (!Number.isFinite(loss)) return 1;
	const share = Math.log(Math.max(loss, low) / low) / Math.log(high / low);
	return Math.min(1, Math.max(0, share));
}

export function lossColour(position: number): string {
	const [red, green, blue] = NORM_SHADES[Math.round(position * (NORM_SHADES.length - 1))];
	return `rgb(${red} ${green} ${blue})`;
}

/** Losses to label: 1, 2 and 5 times powers of ten within the domain, few enough to be read. */
export function lossTicks({ low, high }: LossDomain): number[] {
	const ticks: number[] = [];
	for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power++)
		for (const digit of [1, 2, 5]) {
			const tick = digit * 10 ** power;
			if (tick >= low && tick <= high) ticks.push(Number(tick.toPrecision(1)));
		}
	return ticks.length > 7 ? ticks.filter((tick) => /^0?\.?0*1/.test(String(tick))) : ticks;
}
