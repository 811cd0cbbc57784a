/** What the numbers of the run on the screen say, up to the step on show, and what the same run says with other seeds. */
import { ENOUGH_STEPS, findingsOf, nextSeed, readSeeds, type SeedRun } from '$lib/lab';
import { findingText } from '../words/findings';
import type { Lab, ShownRun } from './context.svelte';

export class Found {
	readonly #lab: Lab;
	readonly #run: () => ShownRun;
	/** The same experiment with other seeds, as far as it is kept here. */
	#seeds = $state.raw<readonly SeedRun[]>([]);

	/** Made while a component is set up. */
	constructor(lab: Lab, run: () => ShownRun) {
		this.#lab = lab;
		this.#run = run;
		// Read once for each run on the screen.
		$effect(() => {
			void lab.session.history;
			const { experiment } = run();
			this.#seeds = [];
			if (!lab.kept.store) return;
			readSeeds(lab.kept.store, experiment).then(
				(found) => {
					if (lab.session.experiment === experiment) this.#seeds = found;
				},
				() => {} // without them one seed is told as one
			);
		});
	}

	readonly texts = $derived.by(() => {
		const { history, cursor } = this.#lab;
		const { networks, experiment } = this.#run();
		return findingsOf(history, networks, experiment, cursor ?? undefined, this.#seeds).map(
			(finding) => findingText(finding, experiment)
		);
	});

	/** The seed with which this run is worth making once more; null where it is too short or has one network. */
	readonly next = $derived.by(() => {
		const { experiment, networks } = this.#run();
		return this.#lab.step >= ENOUGH_STEPS && networks.length > 1
			? nextSeed(experiment, this.#seeds)
			: null;
	});
}
