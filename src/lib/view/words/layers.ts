/** Describes layers and shortcuts of the lab's networks for screen readers. */
import type { AnalysedNetwork } from '$lib/network';
import { m } from '$lib/paraglide/messages';
import { formatCount, formatList } from './format';

/** Describes a layer, without its norm, which changes with every step and is on the card. Empty if there is no such layer. */
export function layerText({ layers }: AnalysedNetwork, column: number): string {
	const layer = layers[column];
	if (!layer) return '';
	return formatList([
		m.layer_title({ number: column + 1, id: layer.id }),
		m.layer_shape({ shape: layer.outputShape.join('×') }),
		m.layer_parameters({ count: formatCount(layer.parameterCount) })
	]);
}

/** @param gate gate of the block's shortcut: 1 if it is whole, 0 if it is cut */
export function shortcutText({ blocks }: AnalysedNetwork, block: number, gate: number): string {
	const state =
		gate === 1
			? m.shortcut_on({ block })
			: gate === 0
				? m.shortcut_off({ block })
				: m.shortcut_part({ block, gate });
	const kinds = {
		identity: '',
		projection: m.shortcut_projection(),
		subsample: m.shortcut_subsample(),
		gated: m.shortcut_gated()
	};
	const { shortcut } = blocks[block];
	return formatList([state, shortcut ? kinds[shortcut.kind] : ''].filter(Boolean));
}
