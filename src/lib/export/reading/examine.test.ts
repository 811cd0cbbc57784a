import { describe, expect, it } from 'vitest';
import { analyse, networkOf, parseName } from '$lib/network';
import { writeSafetensors } from '../safetensors';
import { freshWeights, toTensors } from '../weights';
import { examineWeights } from './examine';

const NAME = 'cifar-resnet-8?width=4&size=16&channels=1&classes=3';
const NETWORK = analyse(networkOf(parseName(NAME)));
const tensors = () => toTensors(NETWORK, freshWeights(NETWORK, 1));
const file = (named = tensors()) => new Blob([writeSafetensors(named).slice()]);

describe('an examined file of weights', () => {
	it('is listed with the networks that it fits', async () => {
		expect(await examineWeights(file(), null)).toEqual({
			format: 'safetensors',
			tensors: tensors().size,
			fits: ['cifar-resnet-8', 'cifar-plain-8'].map(
				(name) => `${name}?width=4&channels=1&classes=3`
			),
			...{ taken: [], leftOut: [], warnings: [], error: null }
		});
	});

	it('that fits no network of the app says so', async () => {
		const named = tensors();
		named.set('dense.weight', { shape: [3, 2], values: new Float32Array(6) });
		expect(await examineWeights(file(named), null)).toMatchObject({
			fits: [],
			warnings: [{ code: 'fits-none' }],
			error: null
		});
	});

	it('is taken by a network, or refused with the reason', async () => {
		const { taken, error } = await examineWeights(file(), NETWORK);
		expect(taken).toEqual([...tensors().keys()]);
		expect(error).toBeNull();
		const named = tensors();
		named.get('dense.bias')!.values[1] = NaN;
		expect(await examineWeights(file(named), NETWORK)).toMatchObject({
			format: 'safetensors',
			taken: [],
			error: { code: 'not-finite', tensor: 'dense.bias', index: 1 }
		});
		// The numbers of a file are read without a network too.
		expect(await examineWeights(file(named), null)).toMatchObject({
			error: { code: 'not-finite', tensor: 'dense.bias' }
		});
		expect(await examineWeights(new Blob(['404: Not Found']), NETWORK)).toMatchObject({
			format: null,
			error: { code: 'text', detail: '404: Not Found' }
		});
	});

	it('damaged anywhere is read or refused', async () => {
		const whole = new Uint8Array(await file().arrayBuffer());
		let seed = 7;
		const next = (below: number) => (seed = (seed * 48271) % 2147483647) % below;
		for (let i = 0; i < 500; i++) {
			const bytes = whole.slice(0, i % 5 ? whole.length : next(whole.length));
			// Most damages are in the header, where they matter.
			for (let n = next(4); n >= 0; n--) bytes[next(n % 2 ? bytes.length : 2000)] = next(256);
			const { error, taken } = await examineWeights(new Blob([bytes]), NETWORK);
			expect(error === null).toBe(taken.length > 0);
		}
	});
});
