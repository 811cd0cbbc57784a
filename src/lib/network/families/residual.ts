/** The block that the residual and plain networks of both families are made of. */
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

interface BlockShape {
	/** The convolutions of the residual branch, in order. */
	readonly branch: readonly {
		readonly filters: number;
		readonly kernel: number;
		readonly stride: number;
	}[];
	/** From its input to its output. */
	readonly stride: number;
	/** Its output differs in shape from its input. */
	readonly changes: boolean;
}

/** Puts convolutions, normalisations and activations in one style. */
export class ResidualBuilder extends Builder {
	/** Of the latest convolution: what is normalised next has as many. */
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

	/** Returns the id of the block's output: the sum with pre-activation, else the activation. */
	residual(x: string, place: NodePlace & { readonly block: string }, shape: BlockShape): string {
		const { shortcut, pre } = this.style;
		const { branch, stride, changes } = shape;
		const { block } = place;
		const onBranch = { ...place, role: 'branch' } as const;
		const onShortcut = { ...place, role: 'shortcut' } as const;
		const { filters: channels } = branch[branch.length - 1];
		let y = x;
		/** What a projection reads: with pre-activation the activated input. */
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
