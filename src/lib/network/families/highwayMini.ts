/**
 * Highway networks at class size (Srivastava, Greff and Schmidhuber 2015): y = T · H + (1 − T) · x, where H is a
 * convolution with its activation and T, a convolution with a sigmoid, decides for every value how much of H replaces x.
 * T's bias starts below 0, so that at first most of x is carried. 3n + 4 layers: a plain layer begins each of three
 * stages because x and H need one shape, as in the paper. Simplified: small; plain layers with stride 2 instead of pooling.
 */
import { among, decimal } from './family';
import { depthsFrom, MINI_DEFAULTS, miniFamily, type MiniOptions } from './mini';
import { StyledBuilder, type Style } from './styled';

export interface HighwayMiniOptions extends MiniOptions {
	/** 3n + 4. */
	readonly depth: number;
	/** Initial bias of T; −1 to −3 in the paper. */
	readonly bias: number;
}

/** Appends a highway layer as block `index`; returns its output. */
function highway(
	b: StyledBuilder<Style>,
	x: string,
	place: ReturnType<StyledBuilder['block']>,
	initialBias: number
): string {
	const { block } = place;
	const channels = b.channels(x);
	const onBranch = { ...place, role: 'branch' } as const;
	const factor = { ...place, role: 'factor' } as const;
	const onShortcut = { ...place, role: 'shortcut' } as const;
	const h = b.layer(`${block}/conv1`, x, onBranch, channels, 3);
	const gate = b.conv(`${block}/gate`, x, factor, channels, 3, { initialBias });
	const t = b.put(`${block}/gate/sigmoid`, [gate], factor, {
		type: 'activation',
		activation: 'sigmoid'
	});
	const transformed = b.put(`${block}/transform`, [h, t], onBranch, { type: 'multiply' });
	const carried = b.put(`${block}/carry`, [x, t], onShortcut, {
		type: 'multiply',
		complement: true
	});
	const sum = { ...place, role: 'sum' } as const;
	return b.put(`${block}/add`, [transformed, carried], sum, { type: 'add' });
}

export const highwayMini = miniFamily<HighwayMiniOptions>({
	name: 'highway-mini',
	words: 'highway(?:s|net(?:work)?)?',
	source: 'Srivastava et al. 2015, arXiv:1505.00387, arXiv:1507.06228',
	own: { depth: among(depthsFrom(7, 3, 100)), bias: decimal([-10, 0]) },
	defaults: { ...MINI_DEFAULTS, width: 8, norm: 'none', depth: 19, bias: -2 },
	build({ depth, width, bias, ...style }, about) {
		const b = new StyledBuilder(style);
		const stem = b.stage('stem');
		let x = b.put('input', [], stem, { type: 'input' });
		const count = (depth - 4) / 3;
		for (let s = 0; s < 3; s++) {
			const stage = b.stage('stage', s + 1);
			x = s
				? b.layer(`plain${s + 1}`, x, stage, width * 2 ** s, 3, { stride: 2 })
				: b.layer('stem', x, stem, width, 3);
			for (let i = 0; i < count; i++)
				x = highway(b, x, b.block(stage, 'block', s * count + i), bias);
		}
		b.head(x, about.classes);
		return b.network({ ...about, depth });
	}
});
