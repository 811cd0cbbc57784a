/** Writes sums of measured numbers with digits that add up as printed. */
import { formatFixed, formatSigned, powerOfTen } from './format';

/** Digits behind the largest number's first one: at least, for the smallest term, and at most, as a 32-bit float has them. */
const DIGITS = { least: 2, small: 5, most: 7 };

const exponentOf = (value: number) => Math.floor(Math.log10(Math.abs(value)));

/**
 * `0.0123 + (−0.0045) = 0.0078`, `(1.23 + 0.45) × 10⁻⁵ = 1.68 × 10⁻⁵`: with as few digits as show two of the smallest term
 * and make the rounded sum that of the rounded terms. If none do, the last digit of the sum is off by the terms' rounding. A number that is not finite is
 * written by its name.
 */
export function formatSum(terms: readonly number[]): string {
	const total = terms.reduce((sum, term) => sum + term, 0);
	const all = [...terms, total];
	if (!all.every(Number.isFinite))
		return `${terms.map((term) => inSum(formatSigned(term))).join(' + ')} = ${formatSigned(total)}`;
	const most = Math.max(...all.map(Math.abs));
	const exponent = most > 0 ? exponentOf(most) : 0;
	const finest = Math.min(exponent, ...terms.flatMap((term) => (term ? exponentOf(term) : [])));
	const power = exponent < -3 || exponent > 3 ? exponent : 0;
	const unit = 10 ** power;
	const adds = (digits: number) => {
		const parts = terms.map((term) => Math.round((term / unit) * 10 ** digits));
		return parts.reduce((sum, part) => sum + part, 0) === Math.round((total / unit) * 10 ** digits);
	};
	const behind = (more: number) => Math.max(0, more - exponent + power);
	const to = behind(DIGITS.most);
	let digits = behind(Math.min(DIGITS.small, Math.max(DIGITS.least, exponent - finest + 1)));
	while (digits < to && !adds(digits)) digits++;
	const rounded = terms.map((term) => Math.round((term / unit) * 10 ** digits));
	const write = (part: number) => {
		if (part === 0) return '0';
		const text = formatFixed(Math.abs(part) / 10 ** digits, digits);
		return part < 0 ? `−${text}` : text;
	};
	const sum = rounded.map((part) => inSum(write(part))).join(' + ');
	const value = write(rounded.reduce((a, b) => a + b, 0));
	if (!power) return `${sum} = ${value}`;
	return `(${sum}) × ${powerOfTen(power)} = ${value} × ${powerOfTen(power)}`;
}

const inSum = (text: string) => (text.startsWith('−') ? `(${text})` : text);
