/** A guided tour of the page on the screen, in about two minutes. */
import { prefersReducedMotion } from 'svelte/motion';
import type { DriveStep } from 'driver.js';
import driverSheet from 'driver.js/dist/driver.css?url&no-inline';
import tourSheet from './tour.css?url&no-inline';
import { driver } from 'driver.js';
import { m } from '$lib/paraglide/messages';

export const TOURS = ['explore', 'lab'] as const;
export type TourName = (typeof TOURS)[number];

/** A stop of the tour: the `data-tour` name of a part of the page, with its title and text. */
type Stop = [part: string, title: () => string, text: () => string];

export const STOPS: Record<TourName, readonly Stop[]> = {
	explore: [
		['graph', m.tour_graph, m.tour_graph_text],
		['numbers', m.tour_numbers, m.tour_numbers_text],
		['reading', m.tour_reading, m.tour_reading_text],
		['train', m.tour_train, m.tour_train_text],
		['pages', m.tour_pages, m.tour_pages_text],
		['class', m.tour_class, m.tour_class_text]
	],
	lab: [
		['preset', m.tour_preset, m.tour_preset_text],
		['run', m.tour_run, m.tour_run_text],
		['graph', m.tour_shortcuts, m.tour_shortcuts_text],
		['heatmap', m.tour_gradients, m.tour_gradients_text],
		['curves', m.tour_curves, m.tour_curves_text],
		['findings', m.tour_findings, m.tour_findings_text],
		['files', m.tour_files, m.tour_files_text]
	]
};

/** Longest wait, in milliseconds, for a part that appears only once the lab is ready. */
const PATIENCE_MS = 15_000;

/** Starts a tour of the present page; skips stops that are not on the screen. */
export async function startTour(name: TourName): Promise<void> {
	await Promise.all([driverSheet, tourSheet].map(addSheet));
	if (name === 'lab') await appears('[data-figure=networks]');
	const steps = STOPS[name].flatMap(([part, title, text]): DriveStep[] => {
		const element = document.querySelector(`[data-tour=${part}]`);
		return element ? [{ element, popover: { title: title(), description: text() } }] : [];
	});
	driver({
		steps,
		showProgress: true,
		progressText: m.tour_progress({ step: '{{current}}', steps: '{{total}}' }),
		nextBtnText: m.tour_next(),
		prevBtnText: m.tour_previous(),
		doneBtnText: m.tour_done(),
		// Its header and footer must not count as landmarks of the page.
		onPopoverRender: ({ title, footer }) => {
			title.setAttribute('role', 'group');
			footer.setAttribute('role', 'group');
		},
		animate: !prefersReducedMotion.current
	}).drive();
}

/**
 * Adds a style sheet to the page, once. An import would load with every first visit, because pages link the sheets of
 * everything they may load later.
 */
function addSheet(href: string): Promise<unknown> {
	if (document.querySelector(`link[href="${href}"]`)) return Promise.resolve();
	const link = Object.assign(document.createElement('link'), { rel: 'stylesheet', href });
	const loaded = new Promise((resolve) => (link.onload = link.onerror = resolve));
	document.head.append(link);
	return loaded;
}

/** Resolves once an element matches, or when the time is up. */
function appears(selector: string): Promise<void> {
	return new Promise((resolve) => {
		const done = () => {
			observer.disconnect();
			clearTimeout(timer);
			resolve();
		};
		const look = () => document.querySelector(selector) && done();
		const observer = new MutationObserver(look);
		const timer = setTimeout(done, PATIENCE_MS);
		observer.observe(document.body, { childList: true, subtree: true });
		look();
	});
}
