/**
 * DenseNet at class size (Huang et al. 2017): each layer (normalisation, activation, 3×3 convolution) adds `growth` maps
 * to all that came before, which are concatenated, not summed. 3n + 4 layers in three stages of n, between them a 1×1
 * convolution and average pooling. Simplified: the basic variant, without bottlenecks and compression, small.
 */
import { among, whole } from './family';
import { depthsFrom, MINI_DEFAULTS, miniFamily, type MiniOptions } from './mini';
import { StyledBuilder } from './styled';

export interface DenseNetMiniOptions extends MiniOptions {
	/** 3n + 4. */
	readonly depth: number;
	/** Maps that each layer adds: k of the paper. */
	readonly growth: number;
}

export const densenetMini = miniFamily<DenseNetMiniOptions>({
	name: 'densenet-mini',
	words: 'dense(?:net|lyconnected(?:network)?)',
	source: 'Huang et al. 2017, arXiv:1608.06993',
	own: { depth: among(depthsFrom(7, 3, 100)), growth: whole([1, 64]) },
	defaults: { ...MINI_DEFAULTS, depth: 22, growth: 8 },
	build({ depth, width, growth, ...style }, about) {
		const b = new StyledBuilder(style);
		const stem = b.stage('stem');
		let x = b.put('input', [], stem, { type: 'input' });
		x = b.convolved('stem', x, stem, width, 3);
		const count = (depth - 4) / 3;
		for (let s = 0; s < 3; s++) {
			const stage = b.stage('stage', s + 1);
			for (let i = 0; i < count; i++) {
				const place = b.block(stage, 'block', s * count + i);
				const onBranch = { ...place, role: 'branch' } as const;
				const id = `${place.block}/conv1`;
				const active = b.activated(id, b.normalised(id, x, onBranch), onBranch);
				const added = b.convolved(id, active, onBranch, growth, 3);
				x = b.put(`${place.block}/concat`, [x, added], place, { type: 'concat' });
			}
			if (s === 2) break;
			const id = `transition${s + 1}`;
			x = b.activated(id, b.normalised(id, x, stage), stage);
			x = b.convolved(id, x, stage, b.channels(x), 1);
			x = b.put(`${id}/pool`, [x], stage, { type: 'averagePool', kernel: 2, stride: 2 });
		}
		b.head(b.beforeHead(x), about.classes);
		return b.network({ ...about, depth });
	}
});
