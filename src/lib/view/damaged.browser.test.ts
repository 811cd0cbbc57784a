/** The reader of links, in a browser, with seeded damages. */
import { strToU8 } from 'fflate';
import { expect, it } from 'vitest';
import { damage, readAll } from '$lib/base/damage';
import { PRESETS } from '$lib/lab';
import { writeLabLink } from '$lib/lab/experiment/link';
import { readLink } from './link';

it('never fails', async () => {
	const links = [
		`https://x.org/lab/?${writeLabLink(PRESETS.vanishing(20))}`,
		`/lab/?${writeLabLink({ ...PRESETS.degradation(8), seed: 77 })}&tab=findings`,
		'/explore/?net=resnet-34&net=cifar-plain-20?width=8&cut=3&see=table',
		'https://nam.safelinks.protection.outlook.com/?url=https%3A%2F%2Fx.org%2Flab%2F%3Fdepth%3D20&data=05'
	].map((link) => strToU8(link));
	await readAll(
		async (seed) => {
			const text = new TextDecoder().decode(damage(links[seed % links.length], seed));
			expect(readLink(text, ['04-degradation']).kind).toBe('link');
		},
		() => false
	);
}, 600_000);
