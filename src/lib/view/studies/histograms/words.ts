/** Words for histograms. */
import type { HistogramName } from '$lib/lab';
import { m } from '$lib/paraglide/messages';
import { formatNorm, formatPercent, formatSentences } from '../../words/format';
import type { Place, Summary } from './bins';

const NAMES: { readonly [Name in HistogramName]: () => string } = {
	gradient: m.histograms_gradient,
	weight: m.histograms_weight,
	update: m.histograms_update,
	before: m.histograms_before,
	after: m.histograms_after
};
export const histogramName = (what: HistogramName): string => NAMES[what]();

/** @param short whether there is little room */
export function placeName(kind: NonNullable<Place['kind']>, short = false): string {
	switch (kind) {
		case 'zero':
			return '0';
		case 'subnormal':
			return short ? '<2⁻¹²⁶' : m.histograms_subnormal();
		case 'not-finite':
			return '∞, NaN';
	}
}

export function summaryText({ zero, subnormal, notFinite, middle }: Summary): string {
	return formatSentences(
		[
			middle && m.histograms_middle({ from: formatNorm(middle[0]), to: formatNorm(middle[1]) }),
			zero && m.histograms_zeros({ share: formatPercent(zero) }),
			subnormal && m.histograms_subnormals({ share: formatPercent(subnormal) }),
			notFinite && m.histograms_not_finite({ share: formatPercent(notFinite) })
		].filter((text) => typeof text === 'string')
	);
}
