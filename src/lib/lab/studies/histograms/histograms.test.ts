import * as v from 'valibot';
import { expect, it } from 'vitest';
import { BINS, HISTOGRAMS } from '$lib/engine/engine';
import { analyse, CIFAR_DEFAULTS, cifarNetwork } from '$lib/network';
import { histograms, packed, unpacked } from './record';

const network = analyse(cifarNetwork({ ...CIFAR_DEFAULTS, depth: 8, width: 2, size: 8 }));
const counts = new Uint32Array(HISTOGRAMS.length * network.layers.length * BINS);
counts[5] = 3;
counts[6] = 1;
counts[BINS + 4] = 70_000;

it('are short when packed, and come back', () => {
	const short = packed(counts);
	expect([...short]).toEqual([-5, 3, 1, -(BINS - 3), 70_000, -(counts.length - BINS - 5)]);
	for (const from of [0, 3, 6, BINS, BINS + 5])
		expect(unpacked(short, from, BINS)).toEqual(counts.slice(from, from + BINS));
});

it('are checked against the network of their lane', () => {
	const { write, schema, check } = histograms.recorded as Required<typeof histograms.recorded>;
	const kept = [{ step: 10, lane: 0, counts: packed(counts) }];
	const read = v.parse(schema, JSON.parse(JSON.stringify(write(kept))));
	expect(read).toEqual(kept);
	expect(check(kept, [network])).toBeNull();
	const short = { step: 20, lane: 0, counts: Int32Array.of(-5, 3) };
	expect(check([...kept, short], [network])).toEqual({
		path: '1.counts',
		detail: `expected ${counts.length} counts, received 6`
	});
});
