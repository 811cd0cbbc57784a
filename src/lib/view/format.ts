/** Numbers as a class reads them: counts with thousands, times with units, norms as powers of ten. */
import { getLocale } from '$lib/paraglide/runtime';
import { classifyNorm } from './charts/normColour';

/** `269,722`; in every language of the page. */
export function formatCount(count: number): string {
	return count.toLocaleString('en-US');
}

/** `40.6 M`, `1.2 G`. */
export function formatLarge(count: number): string {
	if (count < 1e4) return formatCount(count);
	const units = [
		[1e9, 'G'],
		[1e6, 'M'],
		[1e3, 'k']
	] as const;
	const [size, unit] = units.find(([size]) => count >= size)!;
	return `${(count / size).toPrecision(3)} ${unit}`;
}

/** `52 ms`, `1.4 s`. */
export function formatTime(milliseconds: number): string {
	if (milliseconds < 10) return `${milliseconds.toFixed(1)} ms`;
	return milliseconds < 995
		? `${Math.round(milliseconds)} ms`
		: `${(milliseconds / 1000).toFixed(1)} s`;
}

/** `26.3 %` of a share in 0…1; a dash for none. */
export function formatPercent(share: number): string {
	return Number.isFinite(share) ? `${(share * 100).toFixed(1)} %` : '–';
}

/** `1.3 MB`. */
export function formatBytes(bytes: number): string {
	return bytes < 1e6 ? `${Math.round(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/** `0.52`, `3.1 × 10⁻⁹`; zero, infinities and NaN as `0`, `∞`, `NaN`. */
export function formatNorm(norm: number): string {
	switch (classifyNorm(norm)) {
		case 'zero':
			return '0';
		case 'infinite':
			return '∞';
		case 'nan':
			return 'NaN';
	}
	if (norm >= 0.01 && norm < 1000) return norm.toPrecision(3);
	const [digits, power] = norm.toExponential(1).split('e');
	return `${digits} × ${powerOfTen(Number(power))}`;
}

/** `−0.52`: a number that may be negative, as `formatNorm` writes its size. */
export function formatSigned(value: number): string {
	return `${value < 0 ? '−' : ''}${formatNorm(Math.abs(value))}`;
}

/** `10⁻¹²`, for the labels of log axes. */
export function powerOfTen(power: number): string {
	return `10${superscript(power)}`;
}

/** `-12` → `⁻¹²` */
export function superscript(power: number): string {
	return String(power).replace(/./g, (c) => (c === '-' ? '⁻' : '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(c)]));
}

/** Day and time of an ISO 8601 moment, as the reader writes them. */
export function formatMoment(iso: string): string {
	return new Date(iso).toLocaleString(getLocale(), { dateStyle: 'medium', timeStyle: 'short' });
}

/** `40 s`, `3 min`, `1 h 20 min`. */
export function formatDuration(milliseconds: number): string {
	const seconds = Math.round(milliseconds / 1000);
	if (seconds < 90) return `${seconds} s`;
	const minutes = Math.round(seconds / 60);
	return minutes < 90 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
