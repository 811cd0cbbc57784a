/** The progress of preparing a run, and the backend it computes on. */
import {
	BACKENDS,
	type BackendChoice,
	type BackendName,
	type BackendTrial,
	type Engine
} from '$lib/engine/engine';
import type { Preparation, Report } from '../worker/protocol';

export class Startup {
	/** The present phase of the preparation; null outside one. */
	phase = $state.raw<Preparation | null>(null);
	trials = $state.raw<readonly BackendTrial[]>([]);
	choice = $state.raw<BackendChoice | null>(null);
	/** The node for whose operation the backend has no kernels of ours, so that tfjs's train; null if there is none. */
	reference = $state.raw<Engine['reference']>(null);
	/** Bytes of the data pack received so far and in total. */
	received = $state.raw<{ bytes: number; total: number } | null>(null);

	/** The next backend known to work here, as a fallback for the present one; null if none is known. */
	get alternative(): BackendName | null {
		const tried = this.phase?.kind === 'backend' ? this.phase.name : null;
		const failing = tried ?? this.choice?.name ?? null;
		const usable = this.trials.filter(
			({ name, reason }) =>
				name !== failing && ['slower', 'software', 'not-chosen'].includes(reason?.code ?? '')
		);
		const known = BACKENDS.find((name) => usable.some((trial) => trial.name === name));
		// While backends are still being tried, wasm is a safe choice because it needs no device.
		return known ?? (tried && tried !== 'wasm' ? 'wasm' : null);
	}

	/** Forgets the backend of the last worker. */
	forget(): void {
		this.phase = null;
		this.choice = null;
		this.trials = [];
	}

	/**
	 * Handles the reports about preparation.
	 * @param resuming whether a run is being resumed: then only its backend is tried, and earlier trials still count
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
			case 'ready':
				this.reference = report.reference;
				return;
			case 'data':
				this.received = { bytes: report.bytes, total: report.total };
		}
	}
}
