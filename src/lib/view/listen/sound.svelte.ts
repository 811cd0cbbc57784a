/** Whether this page makes sound. It makes none before the reader asks, and says why if it cannot. */
import { within } from '$lib/base/patience';
import type { Tone } from './tones';
import { sound as soundTone } from './voices';

/** Time in milliseconds in which a browser lets a page begin to sound; one without an audio device may never answer. */
const PATIENCE = 2000;

class Sound {
	/** Whose curves the reader listens to; null for none. A page may have several labs. */
	listener = $state.raw<object | null>(null);
	muted = $state(false);
	/** Why nothing can be heard: the browser has no Web Audio API, or it does not let the page sound now. */
	problem = $state<'missing' | 'refused' | null>(null);
	#context: AudioContext | null = null;

	/** To be called by what the reader does, because browsers allow sound only then. Resolves when tones can be heard, or cannot. */
	async begin(listener: object): Promise<void> {
		this.listener = listener;
		if (typeof AudioContext === 'undefined') {
			this.problem = 'missing';
			return;
		}
		try {
			this.#context ??= new AudioContext();
			await within(this.#context.resume(), PATIENCE, 'sound');
			this.problem = null;
		} catch {
			this.problem = 'refused';
		}
	}

	end(): void {
		this.listener = null;
		// Gives the audio device back.
		void this.#context?.suspend();
	}

	/** Sounds tones at once. @param lanes number of networks @param seconds length of the tones */
	play(tones: readonly Tone[], lanes: number, seconds: number): void {
		const context = this.#context;
		if (!this.listener || this.muted || context?.state !== 'running') return;
		for (const tone of tones) soundTone(context, tone, lanes, seconds);
	}
}

export const sound = new Sound();
