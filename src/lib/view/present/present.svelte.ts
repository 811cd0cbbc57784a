/**
 * Presenting to a class: larger type, full screen, and single keys for the page's commands. The keys work only while
 * presenting, so that people who type or use speech input do not trigger them by accident.
 */

import { tick, untrack } from 'svelte';

export interface Command {
	/** The key, as in `KeyboardEvent.key`. */
	readonly key: string;
	/** Name of the command in the reader's language. */
	readonly name: () => string;
	readonly run: () => void;
}

/** Elements that handle keys themselves. */
const USES_TEXT = 'input:not([type=checkbox], [type=radio], [type=range]), textarea, select';
const USES_ARROWS = `${USES_TEXT}, input, [role=application], [role=slider], [role=radiogroup]`;
const USES_SPACE = `${USES_ARROWS}, button, a, summary`;

class Present {
	on = $state(false);
	/** `performance.now()` when it began. */
	startedAt = $state(0);
	#full = false;
	#offers = $state.raw<readonly (readonly Command[])[]>([]);

	/** The commands in effect; if two offer the same key, the later one gets it. */
	readonly commands: readonly Command[] = $derived([
		...new Map(this.#offers.flat().map((command) => [command.key, command])).values()
	]);

	/** Offers commands of a part of the page. @returns a function that withdraws them */
	offer(commands: readonly Command[]): () => void {
		// Untracked, so that an effect that offers commands does not depend on others' offers.
		const before = untrack(() => this.#offers);
		this.#offers = [...before, commands];
		return () => {
			const offers = untrack(() => this.#offers);
			this.#offers = offers.filter((offered) => offered !== commands);
		};
	}

	async start(): Promise<void> {
		this.startedAt = performance.now();
		this.on = true;
		// Let the page note what is on the screen before larger type moves it.
		await tick();
		document.documentElement.toggleAttribute('data-presenting', true);
		// The browser may refuse; large type helps anyway.
		await document.documentElement.requestFullscreen?.().catch(() => {});
	}

	async stop(): Promise<void> {
		this.#end();
		if (document.fullscreenElement) await document.exitFullscreen().catch(() => {});
	}

	/** To be called when the page enters or leaves full screen. */
	fullscreenChanged(): void {
		const full = document.fullscreenElement !== null;
		// Leaving full screen ends presenting. A reloaded page may get the event without having entered.
		if (this.#full && !full) this.#end();
		this.#full = full;
	}

	/** To be called for every key; runs its command, if there is one. */
	key(event: KeyboardEvent): void {
		const { key, ctrlKey, metaKey, altKey, defaultPrevented, target } = event;
		if (!this.on || ctrlKey || metaKey || altKey || defaultPrevented) return;
		const uses = key === ' ' ? USES_SPACE : key.startsWith('Arrow') ? USES_ARROWS : USES_TEXT;
		if (target instanceof Element && target.closest(`${uses}, dialog`)) return;
		const command = this.commands.find((each) => each.key === key);
		if (!command) return;
		event.preventDefault();
		command.run();
	}

	#end(): void {
		this.on = false;
		document.documentElement.toggleAttribute('data-presenting', false);
	}
}

export const present = new Present();
