/** Convolutions with one normalisation and one activation throughout, as all networks after GoogLeNet have them. */
import { Builder, type ConvOptions } from '../builder';
import type { NodePlace } from '../description';
import { NORMALISATIONS, type Activation, type Norm } from '../ops';

export interface Style {
	readonly activation: Activation;
	readonly norm: Norm;
}

export class StyledBuilder<S extends Style = Style> extends Builder {
	constructor(readonly style: S) {
		super();
	}

	/** Appends a convolution, with a bias only if no normalisation would cancel it. */
	convolved(
		id: string,
		from: string,
		place: NodePlace,
		filters: number,
		kernel: number,
		options: ConvOptions = {}
	): string {
		const bias = NORMALISATIONS[this.style.norm].operation === null;
		return this.conv(id, from, place, filters, kernel, { bias, ...options });
	}

	normalised(id: string, from: string, place: NodePlace): string {
		const { operation } = NORMALISATIONS[this.style.norm];
		return operation ? this.put(`${id}/norm`, [from], place, operation(this.channels(from))) : from;
	}

	activated(id: string, from: string, place: NodePlace): string {
		const { activation } = this.style;
		return this.put(`${id}/activation`, [from], place, { type: 'activation', activation });
	}

	/** Appends a convolution, its normalisation and its activation. */
	layer(
		id: string,
		from: string,
		place: NodePlace,
		filters: number,
		kernel: number,
		options: ConvOptions = {}
	): string {
		const y = this.convolved(id, from, place, filters, kernel, options);
		return this.activated(id, this.normalised(id, y, place), place);
	}

	/** Appends normalisation and activation, which networks with pre-activation have before their head. */
	beforeHead(x: string): string {
		const head = this.stage('head');
		return this.activated('head', this.normalised('head', x, head), head);
	}

	/** Appends the head: global average pooling, dropout if it has a rate, the dense layer. */
	head(x: string, classes: number, dropout = 0): void {
		const head = this.stage('head');
		x = this.put('pool', [x], head, { type: 'globalAveragePool' });
		if (dropout) x = this.dropout('dropout', x, head, dropout);
		this.dense('dense', x, head, classes);
	}

	/** Appends the head of AlexNet and VGG: flattening, two dense layers with dropout if it has a rate, and the last one. */
	denseHead(
		x: string,
		{ units, classes, dropout }: { units: number; classes: number; dropout: number }
	): void {
		const head = this.stage('head');
		x = this.put('flatten', [x], head, { type: 'flatten' });
		for (const id of ['dense1', 'dense2']) {
			if (dropout) x = this.dropout(`${id}/dropout`, x, head, dropout);
			x = this.activated(id, this.dense(id, x, head, units), head);
		}
		this.dense('dense3', x, head, classes);
	}
}
