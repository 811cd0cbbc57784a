/** The findings of the run on the screen up to the step shown, using runs with other seeds if there are any. */
import { ENOUGH_STEPS, findingsOf, nextSeed, readSeeds, type SeedRun } from '$lib/lab';
import { findingText } from '../words/findings';
import type { Lab, ShownRun } from './context.svelte';

export class Found {
	readonly #lab: Lab;
	readonly #run: () => ShownRun;
	/** Kept runs of the same experiment with other seeds. */
	#seeds = $state.raw<readonly SeedRun[]>([]);

	/** Call it while a component is being set up. */
	constructor(lab: Lab, run: () => ShownRun) {
		this.#lab = lab;
		this.#run = run;
		// Read once per run on the screen.
		$effect(() => {
			void lab.session.history;
			const { experiment } = run();
			this.#seeds = [];
			if (!lab.kept.store) return;
			readSeeds(lab.kept.store, experiment).then(
				(found) => {
					if (lab.session.experiment === experiment) this.#seeds = found;
				},
				() => {} // without other seeds, findings rest on this run alone
			);
		});
	}

	readonly #findings = $derived.by(() => {
		const { history, cursor } = this.#lab;
		const { networks, experiment } = this.#run();
		return findingsOf(history, networks, experiment, cursor ?? undefined, this.#seeds);
	});

	readonly texts = $derived.by(() =>
		this.#findings.map((finding) => findingText(finding, this.#run().experiment))
	);

	/** Indices of the networks whose training diverges. */
	readonly diverged = $derived.by(() =>
		this.#findings.flatMap(({ kind, lane }) => (kind === 'diverged' ? [lane] : []))
	);

	/** The seed with which to repeat this run; null if the run is too short or has only one network. */
	readonly next = $derived.by(() => {
		const { experiment, networks } = this.#run();
		return this.#lab.step >= ENOUGH_STEPS && networks.length > 1
			? nextSeed(experiment, this.#seeds)
			: null;
	});
}
