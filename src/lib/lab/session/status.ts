/** In what state a session is, and what the reader should hear of it. */
import type { BackendName } from '$lib/engine/engine';
import type { Request } from '../experiment/experiment';
import type { ResumeCause, RunEvent } from '../record/record';
import type { Snapshot } from '../record/snapshot';
import type { Failure } from '../worker/protocol';

/**
 * - `starting`: backend, images and networks are being made ready (`startup` tells how far)
 * - `ready`: paused, can be run; `running`: it is
 * - `failed`: see `failure`; the history is kept
 * - `replay`: shows a record from a file
 */
export type Status = 'starting' | 'ready' | 'running' | 'failed' | 'replay';

/** What the reader should hear of a run that went on by itself. */
export type Interruption =
	| (RunEvent & { readonly kind: 'resumed' })
	/** It did not get ready and is tried again, on another backend where one is named. */
	| { readonly kind: 'again'; readonly failure: Failure; readonly backend: BackendName | null }
	/** Another tab has gone on with the same run; they are two runs from here on. */
	| { readonly kind: 'parted' }
	/** The tab was hidden for so long, and the browser let it make only so many steps. */
	| { readonly kind: 'hidden'; readonly seconds: number; readonly steps: number };

/** What the reader should hear of an event; null for what needs no notice, or was asked for. */
export const noticeOf = (event: RunEvent): Interruption | null =>
	event.kind === 'resumed' && event.cause !== 'kept' && event.cause !== 'weights' ? event : null;

/** What was last asked to be made ready. */
export interface Asked {
	/** What is told of an earlier number is of no interest any more. */
	readonly number: number;
	readonly request: Request | null;
	/** The state it goes on from; null for step 0. */
	readonly from: { readonly snapshot: Snapshot; readonly cause: ResumeCause } | null;
	/** The backend wished for. */
	readonly wish: BackendName | null;
}
