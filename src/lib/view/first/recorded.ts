/** What the first page plays and says of it: loaded after the first paint, for it is most of the page's weight. */
import { asset } from '$app/paths';
import { loadRecording, recordingOf, type RunRecord } from '$lib/lab';

export { default as NetworksFilm } from '../film/NetworksFilm.svelte';
export { default as Outcome } from './Outcome.svelte';
export { default as Source } from './Source.svelte';

/**
 * Plain and residual networks of 8 and of `depth` layers, trained together.
 * @throws RecordError when it does not arrive or is damaged
 */
export async function loadRun(depth: number): Promise<RunRecord> {
	const recording = recordingOf('depths', depth);
	if (!recording) throw new RangeError(`depths-${depth}: no such recording`);
	return loadRecording(asset('/recordings/'), recording);
}
