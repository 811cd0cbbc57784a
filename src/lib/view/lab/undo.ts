/** Describes the next undo. */
import { m } from '$lib/paraglide/messages';
import { undoText } from '../words/events';
import { formatCount } from '../words/format';
import type { Lab } from './context.svelte';

/** The change that can be undone, with a warning if steps are lost with it; null if there is none. */
export function undoable(
	{ session, step }: Lab,
	names: readonly string[]
): { readonly text: string; readonly warning: string } | null {
	const change = session.undoable.at(-1);
	if (!change) return null;
	const name = names[change.lane];
	const since = change.kind === 'surgery' && step > change.step ? change.step : null;
	return {
		text: m.undo_change({ what: undoText(change, names) }),
		warning: since === null ? '' : m.undo_steps({ name, since: formatCount(since) })
	};
}
