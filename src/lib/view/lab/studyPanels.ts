/** The panels of the studies, loaded when their tabs are opened. */
import type { Component } from 'svelte';
import type { RunTab } from '../present/panels.svelte';

export const STUDY_PANELS: Record<
	Exclude<RunTab, 'findings'>,
	() => Promise<{ default: Component }>
> = {
	inside: () => import('../studies/inside/InsidePanel.svelte'),
	lesion: () => import('../studies/lesion/LesionPanel.svelte'),
	sweep: () => import('../studies/sweep/SweepPanel.svelte'),
	landscape: () => import('../studies/landscape/LandscapePanel.svelte'),
	start: () => import('../studies/start/StartPanel.svelte'),
	confusion: () => import('../studies/confusion/ConfusionPanel.svelte')
};
