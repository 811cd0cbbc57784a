/** Why a button is grey, in words. */
import { m } from '$lib/paraglide/messages';
import type { Lab } from './context.svelte';

/**
 * Why nothing can be measured on the networks now; '' when it can.
 * @param trained whether it takes networks that have made a step
 */
export function whyNotNow({ session, live, step }: Lab, { trained = false } = {}): string {
	if (session.replayed) return m.why_recording();
	if (!live) return m.why_not_ready();
	if (session.job !== null) return m.why_busy();
	return trained && step === 0 ? m.why_untrained() : '';
}
