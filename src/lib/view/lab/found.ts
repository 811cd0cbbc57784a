/** The findings of the run on the screen up to the step shown, in words. */
import { findingsOf } from '$lib/lab';
import { findingText } from '../words/findings';
import type { Lab, ShownRun } from './context.svelte';

export const foundTexts = (
	{ history, cursor }: Lab,
	{ networks, experiment }: ShownRun
): string[] =>
	findingsOf(history, networks, experiment, cursor ?? undefined).map((finding) =>
		findingText(finding, experiment)
	);
