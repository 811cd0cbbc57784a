/** The building blocks of residual and plain networks, for all families that have them. */
import type { NodePlace, ShortcutOption } from '../description';
import type { Only } from './family';
import { StyledBuilder, type Style } from './styled';

interface ResidualStyle extends Style {
	readonly shortcut: ShortcutOption;
	/** Normalisation and activation before each convolution (He et al. 2016) instead of after it. */
	readonly pre: boolean;
}

/** The convolutions of a block's residual branch, in order. */
type Branch = readonly {
	readonly filters: number;
	readonly kernel: number;
	readonly stride: number;
	readonly groups?: number;
}[];

export type BlockPlace = NodePlace & { readonly block: string };

/** Appends what a block's branch has after its convolutions and returns its output. @param index of the block */
type BranchEnd = (y: string, place: BlockPlace, index: number) => string;

export const basicBranch = (filters: number, stride: number): Branch => [
	{ filters, kernel: 3, stride },
	{ filters, kernel: 3, stride: 1 }
];

/** The options that a plain network does not have. */
export const NOT_PLAIN: readonly (readonly [option: string, only: Only])[] = [
	['shortcut', 'residual'],
	['order', 'residual']
];

/** Appends convolutions, normalisations and activations in one style. */
export class ResidualBuilder extends StyledBuilder<ResidualStyle> {
	/**
	 * Appends a network for small images, as in He et al. 2015, §4.2: the stem, three stages of `count` blocks, the head.
	 * @param width channels of the stem
	 * @param branch returns the branch of a block in stage `s`
	 */
	small({
		width,
		count,
		branch,
		end,
		classes,
		dropout
	}: {
		width: number;
		count: number;
		branch: (s: number, stride: number) => Branch;
		end?: BranchEnd;
		classes: number;
		dropout?: number;
	}): void {
		const stem = this.stage('stem');
		const image = this.put('input', [], stem, { type: 'input' });
		let x = this.convolved('stem', image, stem, width, 3);
		if (!this.style.pre) x = this.activated('stem', this.normalised('stem', x, stem), stem);
		this.blocksAndHead(x, { counts: [count, count, count], branch, end, classes, dropout });
	}

	/** Appends stages with the given numbers of blocks, of which each but the first halves the map, and the head. */
	blocksAndHead(
		x: string,
		{
			counts,
			branch,
			end = (y) => y,
			classes,
			dropout
		}: {
			counts: readonly number[];
			branch: (s: number, stride: number) => Branch;
			end?: BranchEnd;
			classes: number;
			dropout?: number;
		}
	): void {
		let index = 0;
		counts.forEach((count, s) => {
			const stage = this.stage('stage', s + 1);
			for (let i = 0; i < count; i++) {
				const stride = s > 0 && i === 0 ? 2 : 1;
				const place = this.block(stage, 'block', index);
				const at = index++;
				x = this.#residual(x, place, branch(s, stride), stride, (y, on) => end(y, on, at));
			}
		});
		this.head(this.style.pre ? this.beforeHead(x) : x, classes, dropout);
	}

	/** Appends a block; returns the id of its output: the sum with pre-activation, else the activation. */
	#residual(
		x: string,
		place: BlockPlace,
		branch: Branch,
		stride: number,
		end: (y: string, place: BlockPlace) => string
	): string {
		const { shortcut, pre } = this.style;
		const { block } = place;
		const { filters: channels } = branch[branch.length - 1];
		/** Whether the block's output differs in shape from its input. */
		const changes = this.channels(x) !== channels || stride > 1;
		const onBranch = { ...place, role: 'branch' } as const;
		const onShortcut = { ...place, role: 'shortcut' } as const;
		let y = x;
		/** The input of a projection; with pre-activation, the activated one. */
		let source = x;
		branch.forEach(({ filters, kernel, stride, groups }, i) => {
			const id = `${block}/conv${i + 1}`;
			if (pre) {
				y = this.activated(id, this.normalised(id, y, onBranch), onBranch);
				if (i === 0) source = y;
			}
			y = this.convolved(id, y, onBranch, filters, kernel, { stride, groups });
			if (!pre) {
				y = this.normalised(id, y, onBranch);
				if (i < branch.length - 1) y = this.activated(id, y, onBranch);
			}
		});
		y = end(y, onBranch);
		if (shortcut !== 'none') {
			let carried = x;
			if (shortcut === 'C' || (shortcut === 'B' && changes)) {
				const id = `${block}/projection`;
				carried = this.convolved(id, source, onShortcut, channels, 1, { stride });
				if (!pre) carried = this.normalised(id, carried, onShortcut);
			} else if (changes)
				carried = this.put(`${block}/subsample`, [x], onShortcut, {
					type: 'subsample',
					stride,
					channels
				});
			const sum = { ...place, role: 'sum' } as const;
			y = this.put(`${block}/add`, [y, carried], sum, { type: 'add' });
		}
		return pre ? y : this.activated(block, y, place);
	}
}
