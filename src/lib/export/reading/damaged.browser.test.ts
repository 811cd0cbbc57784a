/** The reader of weights, in a browser, with seeded damages. */
import { expect, it } from 'vitest';
import { DAMAGES, damage, readAll } from '$lib/base/damage';
import { analyse, CIFAR_DEFAULTS, cifarNetwork } from '$lib/network';
import { writeSafetensors } from '../safetensors';
import { freshWeights, toTensors } from '../weights';
import { checkFit, fitWeights } from './fit';
import { WeightsError } from './problems';
import { readWeights } from './read';

it('gives weights, or says what is wrong', async () => {
	const network = analyse(
		cifarNetwork({ ...CIFAR_DEFAULTS, depth: 8, width: 2, size: 8, channels: 1 })
	);
	const file = writeSafetensors(toTensors(network, freshWeights(network, 1)));
	const refused = await readAll(
		async (seed) =>
			checkFit(fitWeights(network, await readWeights(new Blob([damage(file, seed)]))), () => {}),
		(error) => error instanceof WeightsError
	);
	expect(refused).toBeGreaterThan(DAMAGES / 20);
}, 600_000);
