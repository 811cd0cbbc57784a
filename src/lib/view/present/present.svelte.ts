/**
 * Presenting to a class: larger type, the whole screen, and single keys for what a page offers. The keys work only while
 * presenting, so that nobody who types or speaks to a computer meets them by chance.
 */

import { tick, untrack } from 'svelte';

export interface Command {
	/** As `KeyboardEvent.key` has it. */
	readonly key: string;
	/** What it does, in the reader's language. */
	readonly name: () => string;
	readonly run: () => void;
}

/** Things that use keys themselves. */
const USES_TEXT = 'input:not([type=checkbox], [type=radio], [type=range]), textarea, select';
const USES_ARROWS = `${USES_TEXT}, input, [role=application], [role=slider], [role=radiogroup]`;
const USES_SPACE = `${USES_ARROWS}, button, a, summary`;

class Present {
	on = $state(false);
	/** `performance.now()` when it began. */
	startedAt = $state(0);
	#full = false;
	#offers = $state.raw<readonly (readonly Command[])[]>([]);

	/** Where two offer the same key, the later one has it. */
	readonly commands: readonly Command[] = $derived([
		...new Map(this.#offers.flat().map((command) => [command.key, command])).values()
	]);

	/** What a part of the page can do by keys. @returns takes it back */
	offer(commands: readonly Command[]): () => void {
		// An effect that offers does not depend on what others offer.
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
		// The page looks at what is on the screen before type grows and moves it.
		await tick();
		document.documentElement.toggleAttribute('data-presenting', true);
		// A browser may not allow it; large type helps all the same.
		await document.documentElement.requestFullscreen?.().catch(() => {});
	}

	async stop(): Promise<void> {
		this.#end();
		if (document.fullscreenElement) await document.exitFullscreen().catch(() => {});
	}

	/** To be told when the page enters or leaves the full screen. */
	fullscreenChanged(): void {
		const full = document.fullscreenElement !== null;
		// Leaving it ends presenting; a page that is loaded again may be told of one that it never entered.
		if (this.#full && !full) this.#end();
		this.#full = full;
	}

	/** To be told every key; does what is offered for it. */
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
