/**
 * Formats numbers, dates and lists for a class, in the language of the page: counts with thousands, times with units,
 * norms as powers of ten.
 */
import { m } from '$lib/paraglide/messages';
import { getLocale } from '$lib/paraglide/runtime';

export type NormClass = 'finite' | 'zero' | 'infinite' | 'nan';

/** Classifies a norm, which is never negative. 32-bit floats below 1e-45 are zero, above 3.4e38 infinite. */
export function classifyNorm(norm: number): NormClass {
	if (Number.isNaN(norm)) return 'nan';
	if (norm === 0) return 'zero';
	return Number.isFinite(norm) ? 'finite' : 'infinite';
}

const numberFormats = new Map<string, Intl.NumberFormat>();

/** Cached, because making a format takes longer than using it and charts use hundreds. */
function numberFormat(options: Intl.NumberFormatOptions): Intl.NumberFormat {
	const key = `${getLocale()} ${JSON.stringify(options)}`;
	let format = numberFormats.get(key);
	if (!format) numberFormats.set(key, (format = new Intl.NumberFormat(getLocale(), options)));
	return format;
}

/** `269,722` */
export function formatCount(count: number | bigint): string {
	return numberFormat({}).format(count);
}

/** A number with fixed digits after the point, such as `0.520` or `−0.02`. */
export const formatFixed = (value: number, digits: number): string =>
	numberFormat(fixed(digits)).format(value).replace('-', '−');

const fixed = (digits: number) => ({
	minimumFractionDigits: digits,
	maximumFractionDigits: digits
});

function formatDigits(value: number, digits: number): string {
	return numberFormat({
		minimumSignificantDigits: digits,
		maximumSignificantDigits: digits,
		useGrouping: false
	}).format(value);
}

/** `40.6 M`, `1.2 G`. */
export function formatLarge(count: number): string {
	if (count < 1e4) return formatCount(count);
	const units = [
		[1e9, 'G'],
		[1e6, 'M'],
		[1e3, 'k']
	] as const;
	const [size, unit] = units.find(([size]) => count >= size) ?? units[units.length - 1];
	return `${formatDigits(count / size, 3)} ${unit}`;
}

/** `52 ms`, `1.4 s`. */
export function formatTime(milliseconds: number): string {
	if (milliseconds < 10) return `${formatFixed(milliseconds, 1)} ms`;
	return milliseconds < 995
		? `${Math.round(milliseconds)} ms`
		: `${formatFixed(milliseconds / 1000, 1)} s`;
}

/** A share in 0…1 as `26.3%`; NaN as a dash. */
export function formatPercent(share: number, digits = 1): string {
	if (!Number.isFinite(share)) return '–';
	return numberFormat({ style: 'percent', ...fixed(digits) }).format(share);
}

/** A difference between shares in 0…1, as `4.0 points`. */
export const formatPoints = (difference: number, digits = 1): string =>
	m.percentage_points({ points: formatFixed(100 * difference, digits) });

/** `25%`, for the ticks of an axis. */
export const formatPercentTick = (share: number) => formatPercent(share, 0);

/** `1.3 MB`. */
export function formatBytes(bytes: number): string {
	return bytes < 1e6
		? `${formatCount(Math.round(bytes / 1e3))} kB`
		: `${formatFixed(bytes / 1e6, 1)} MB`;
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
	if (norm >= 0.01 && norm < 1000) return formatDigits(norm, 3);
	const [digits, power] = norm.toExponential(1).split('e');
	return `${formatFixed(Number(digits), 1)} × ${powerOfTen(Number(power))}`;
}

/** A number that may be negative, such as `−0.52`, with its magnitude written by `formatNorm`. */
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

/** `40 sec`, `3 min`, `1 hr 20 min`; at least a second. */
export function formatDuration(milliseconds: number): string {
	const unit = (value: number, name: 'second' | 'minute' | 'hour') =>
		numberFormat({ style: 'unit', unit: name, unitDisplay: 'short' }).format(value);
	const seconds = Math.max(1, Math.round(milliseconds / 1000));
	if (seconds < 90) return unit(seconds, 'second');
	const minutes = Math.round(seconds / 60);
	if (minutes < 90) return unit(minutes, 'minute');
	return `${unit(Math.floor(minutes / 60), 'hour')} ${unit(minutes % 60, 'minute')}`;
}

/** Joins names and similar items, as in `plain-56, residual-56`. */
export const formatList = (items: readonly string[]) => items.join(m.list_separator());

/** Most names in a sentence. */
const MOST_NAMES = 6;
/** The first of many names. */
export const formatSome = (names: readonly string[]) =>
	formatList([...names.slice(0, MOST_NAMES), ...(names.length > MOST_NAMES ? ['…'] : [])]);

/** Joins parts that may contain lists, as in `first part; second part`. */
export const formatParts = (parts: readonly string[]) => parts.join(m.part_separator());

/** `name: value` */
export const formatLabel = (label: string, value: string) => m.label_value({ label, value });

/** `One sentence. Another one.` */
export const formatSentences = (sentences: readonly string[]) =>
	sentences.filter(Boolean).join(m.sentence_separator());

/** A technical text, such as an error's message, without its final full stop, for use inside a sentence. */
export function formatDetail(detail: unknown): string {
	const text = detail instanceof Error ? detail.message || detail.name : String(detail);
	return text.replace(/[\s.。!！]+$/, '');
}
