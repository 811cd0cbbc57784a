/** Explains why a button is disabled. */
import { m } from '$lib/paraglide/messages';
import type { Lab } from './context.svelte';

/** Explains why the networks on the screen cannot be changed; '' if they can. */
export function whyLocked({ session, live }: Lab): string {
	if (session.replayed) return m.why_recording();
	return live ? '' : m.why_not_ready();
}

/** Like `whyLocked`; what has been can be changed no more. */
export const whyStill = (lab: Lab): string =>
	whyLocked(lab) || (lab.cursor === null ? '' : m.why_earlier());

export const whyBusy = ({ session }: Lab): string => (session.job === null ? '' : m.why_busy());

/**
 * Explains why the networks cannot be measured now; '' if they can.
 * @param trained whether the networks must have made a step
 */
export function whyNotNow(lab: Lab, { trained = false } = {}): string {
	return whyLocked(lab) || whyBusy(lab) || (trained && lab.step === 0 ? m.why_untrained() : '');
}
