/** How far a run is made ready, and on what it computes. */
import {
	BACKENDS,
	type BackendChoice,
	type BackendName,
	type BackendTrial
} from '$lib/engine/engine';
import type { Preparation, Report } from '../worker/protocol';

export class Startup {
	/** What is being done now; null when nothing is. */
	phase = $state.raw<Preparation | null>(null);
	trials = $state.raw<readonly BackendTrial[]>([]);
	choice = $state.raw<BackendChoice | null>(null);
	/** Bytes of the data pack that have arrived, of how many. */
	received = $state.raw<{ bytes: number; total: number } | null>(null);

	/** The next backend that works here, for going on where the present one does not; null where none is known. */
	get alternative(): BackendName | null {
		const tried = this.phase?.kind === 'backend' ? this.phase.name : null;
		const failing = tried ?? this.choice?.name ?? null;
		const usable = this.trials.filter(
			({ name, reason }) =>
				name !== failing && ['slower', 'software', 'not-chosen'].includes(reason?.code ?? '')
		);
		const known = BACKENDS.find((name) => usable.some((trial) => trial.name === name));
		// While they are still being tried, wasm is the one that needs no device.
		return known ?? (tried && tried !== 'wasm' ? 'wasm' : null);
	}

	/** Forgets on what the last worker computed. */
	forget(): void {
		this.phase = null;
		this.choice = null;
		this.trials = [];
	}

	/**
	 * Takes in what concerns it.
	 * @param resuming a run goes on: only its backend is tried, and what was found out before still holds
	 */
	receive(report: Report, resuming: boolean): void {
		switch (report.kind) {
			case 'phase':
				this.phase = report.phase;
				if (report.phase.kind === 'data') this.received = null;
				if (report.phase.kind === 'backend' && report.phase.name === null && !resuming)
					this.trials = [];
				return;
			case 'trial':
				if (!resuming) this.trials = [...this.trials, report.trial];
				return;
			case 'backend':
				if (resuming && report.choice.name === this.choice?.name) return;
				this.choice = report.choice;
				this.trials = report.choice.trials;
				return;
			case 'data':
				this.received = { bytes: report.bytes, total: report.total };
		}
	}
}
