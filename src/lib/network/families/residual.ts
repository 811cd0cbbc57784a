/** The building blocks of residual and plain networks, for both families. */
import { Builder } from '../builder';
import type { NodePlace, ShortcutOption } from '../description';
import { NORMALISATIONS, type Activation, type Norm } from '../ops';

export interface ResidualStyle {
	readonly shortcut: ShortcutOption;
	readonly activation: Activation;
	readonly norm: Norm;
	/** Normalisation and activation before each convolution (He et al. 2016) instead of after it. */
	readonly pre: boolean;
}

/** The convolutions of a block's residual branch, in order. */
type Branch = readonly {
	readonly filters: number;
	readonly kernel: number;
	readonly stride: number;
}[];

export const basicBranch = (filters: number, stride: number): Branch => [
	{ filters, kernel: 3, stride },
	{ filters, kernel: 3, stride: 1 }
];

/** Appends convolutions, normalisations and activations in one style. */
export class ResidualBuilder extends Builder {
	/** Output channels of the latest convolution, which the next normalisation and block take. */
	#channels = 0;

	constructor(readonly style: ResidualStyle) {
		super();
	}

	convolved(
		id: string,
		from: string,
		place: NodePlace,
		filters: number,
		kernel: number,
		stride = 1
	) {
		this.#channels = filters;
		const bias = NORMALISATIONS[this.style.norm].operation === null;
		return this.conv(id, from, place, filters, kernel, { stride, bias });
	}

	normalised(id: string, from: string, place: NodePlace): string {
		const operation = NORMALISATIONS[this.style.norm].operation;
		return operation ? this.put(`${id}/norm`, [from], place, operation(this.#channels)) : from;
	}

	activated(id: string, from: string, place: NodePlace): string {
		const { activation } = this.style;
		return this.put(`${id}/activation`, [from], place, { type: 'activation', activation });
	}

	/**
	 * Appends stages with the given numbers of blocks; the first block of each stage but the first halves the map.
	 * Returns the id of the output.
	 * @param branch returns the branch of a block in stage `s`
	 */
	stages(
		x: string,
		counts: readonly number[],
		branch: (s: number, stride: number) => Branch
	): string {
		let index = 0;
		counts.forEach((count, s) => {
			const stage = this.stage('stage', s + 1);
			for (let i = 0; i < count; i++) {
				const stride = s > 0 && i === 0 ? 2 : 1;
				x = this.#residual(x, this.block(stage, 'block', index++), branch(s, stride), stride);
			}
		});
		return x;
	}

	/** Appends the head: global average pooling, dropout if it has a rate, the dense layer. */
	head(x: string, classes: number, dropout = 0): void {
		const head = this.stage('head');
		if (this.style.pre) x = this.activated('head', this.normalised('head', x, head), head);
		x = this.put('pool', [x], head, { type: 'globalAveragePool' });
		if (dropout) x = this.dropout('dropout', x, head, dropout);
		this.dense('dense', x, head, classes);
	}

	/** Appends a block; returns the id of its output: the sum with pre-activation, else the activation. */
	#residual(
		x: string,
		place: NodePlace & { readonly block: string },
		branch: Branch,
		stride: number
	): string {
		const { shortcut, pre } = this.style;
		const { block } = place;
		const { filters: channels } = branch[branch.length - 1];
		/** Whether the block's output differs in shape from its input. */
		const changes = this.#channels !== channels || stride > 1;
		const onBranch = { ...place, role: 'branch' } as const;
		const onShortcut = { ...place, role: 'shortcut' } as const;
		let y = x;
		/** The input of a projection; with pre-activation, the activated one. */
		let source = x;
		branch.forEach(({ filters, kernel, stride }, i) => {
			const id = `${block}/conv${i + 1}`;
			if (pre) {
				y = this.activated(id, this.normalised(id, y, onBranch), onBranch);
				if (i === 0) source = y;
			}
			y = this.convolved(id, y, onBranch, filters, kernel, stride);
			if (!pre) {
				y = this.normalised(id, y, onBranch);
				if (i < branch.length - 1) y = this.activated(id, y, onBranch);
			}
		});
		if (shortcut !== 'none') {
			let carried = x;
			if (shortcut === 'C' || (shortcut === 'B' && changes)) {
				const id = `${block}/projection`;
				carried = this.convolved(id, source, onShortcut, channels, 1, stride);
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
