/** The compute backend in an address, without what whole experiments in links need. */
import { Parameters, type ParameterProblem } from '$lib/base/parameters';
import { BACKENDS, type BackendName } from '$lib/engine/engine';

/** The compute backend that an address asks for, on pages that train beside the lab. */
export function readBackend(search: string): {
	readonly backend: BackendName | null;
	readonly problems: readonly ParameterProblem[];
} {
	const link = new Parameters(search, 'lessons');
	// The frame of the page reports the others.
	link.problems.length = 0;
	return { backend: link.choice('backend', BACKENDS) ?? null, problems: link.problems };
}
