/** Explains why a button is disabled. */
import { m } from '$lib/paraglide/messages';
import type { Lab } from './context.svelte';

/**
 * Explains why the networks cannot be measured now; '' if they can.
 * @param trained whether the networks must have made a step
 */
export function whyNotNow({ session, live, step }: Lab, { trained = false } = {}): string {
	if (session.replayed) return m.why_recording();
	if (!live) return m.why_not_ready();
	if (session.job !== null) return m.why_busy();
	return trained && step === 0 ? m.why_untrained() : '';
}
