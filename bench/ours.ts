/** The app's engine, as the lab calls it: a step reads back the loss, the error and every norm. */
import { createEngine } from '$lib/engine';
import type { Contender, Start } from './contender';
import { RECIPE, SEED, type Work } from './works';

export const startOurs: Start = (work) => startEngine(work, true);

/** Without norms and standard deviations, to see what they cost. */
export const startWithoutProbes: Start = (work) => startEngine(work, false);

async function startEngine({ network, batch }: Work, probes: boolean): Promise<Contender> {
	const engine = await createEngine([{ network, seed: SEED, probes }]);
	return {
		async step() {
			const [metrics] = await engine.step(batch, RECIPE);
			return metrics!.loss;
		},
		dispose: () => engine.dispose()
	};
}
