/** The states of a session, and the notices that they lead to. */
import type { BackendName } from '$lib/engine/engine';
import type { Experiment } from '../experiment/experiment';
import type { ResumeCause, RunEvent } from '../record/record';
import type { Snapshot } from '../record/snapshot';
import type { Failure } from '../worker/protocol';

/**
 * - `starting`: backend, images and networks are being prepared (`startup` has the progress) - `ready`: paused;
 * `running`: training
 * - `failed`: see `failure`; the history is kept
 * - `replay`: shows a record from a file
 */
export type Status = 'starting' | 'ready' | 'running' | 'failed' | 'replay';

/** A notice that something interrupted a run or its start. */
export type Interruption =
	| (RunEvent & { readonly kind: 'resumed' })
	/** The start failed and is being repeated, on another backend if one is given. */
	| { readonly kind: 'again'; readonly failure: Failure; readonly backend: BackendName | null }
	/** Another tab has continued the same run; from now on they are two runs. */
	| { readonly kind: 'parted' }
	/** While the tab was hidden for `seconds`, the browser let it make only `steps` steps. */
	| { readonly kind: 'hidden'; readonly seconds: number; readonly steps: number };

/** The notice for an event; null if it needs none because the user caused it. */
export const noticeOf = (event: RunEvent): Interruption | null =>
	event.kind === 'resumed' && event.cause !== 'kept' && event.cause !== 'weights' ? event : null;

/** The latest request. */
export interface Asked {
	/** Number of the request; reports on earlier ones are ignored. */
	readonly number: number;
	readonly experiment: Experiment | null;
	/** The state to resume from; null for step 0. */
	readonly from: { readonly snapshot: Snapshot; readonly cause: ResumeCause } | null;
	/** The backend to use if it works; null for the fastest. */
	readonly wish: BackendName | null;
}
