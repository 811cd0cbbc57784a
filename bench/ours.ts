/** The app's engine, as the lab calls it: a step reads back the loss, the error and every norm. */
import { createEngine } from '$lib/engine';
import type { Start } from './contender';
import { RECIPE, SEED } from './works';

export const startOurs: Start = async ({ network, batch }) => {
	const engine = await createEngine([{ network, seed: SEED }]);
	return {
		async step() {
			const [metrics] = await engine.step(batch, RECIPE);
			return metrics!.loss;
		},
		dispose: () => engine.dispose()
	};
};
