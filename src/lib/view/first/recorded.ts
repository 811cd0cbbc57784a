/** The film and the texts about it. The first page loads them after its first paint, because they are most of its weight. */
import { asset } from '$app/paths';
import { recordingOf, type RunRecord } from '$lib/lab';
import { loadRecording } from '$lib/lab/record/recording';

export { default as NetworksFilm } from '../film/NetworksFilm.svelte';
export { default as Outcome } from './Outcome.svelte';
export { default as Source } from './Source.svelte';

/**
 * Loads the recorded run of plain and residual networks with 8 and with `depth` layers.
 * @throws RecordError if it cannot be fetched or is damaged
 */
export async function loadRun(depth: number): Promise<RunRecord> {
	const recording = recordingOf('depths', depth);
	if (!recording) throw new RangeError(`depths-${depth}: no such recording`);
	return loadRecording(asset('/recordings/'), recording);
}
