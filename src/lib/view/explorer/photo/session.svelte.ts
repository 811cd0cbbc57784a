/** What the reader has brought for one network, and what the worker has answered about it so far. */
import {
	ClassifierClient,
	ClassifyError,
	type Answer,
	type ClassifyProblem,
	type Convention,
	type FeatureMap,
	type LoadedWeights,
	type Photograph,
	type RemovedBlock
} from '$lib/classify';

/** What the worker does while the reader waits. */
type Work = 'weights' | 'photograph' | 'answer' | 'removed';

export class PhotoSession {
	weights = $state.raw<(LoadedWeights & { readonly file: string }) | null>(null);
	photograph = $state.raw<Photograph | null>(null);
	answer = $state.raw<Answer | null>(null);
	/** The answers without single blocks, in the order of the blocks. */
	removed = $state.raw<readonly RemovedBlock[]>([]);
	map = $state.raw<{ readonly node: string; readonly map: FeatureMap } | null>(null);
	activation = $state.raw<{ readonly index: number; readonly map: FeatureMap } | null>(null);
	/** With its share that is done, 0…1; null if nothing runs that takes long. */
	work = $state.raw<{ readonly kind: Work; readonly share: number } | null>(null);
	problem = $state.raw<ClassifyProblem | null>(null);

	readonly #client = new ClassifierClient();
	readonly #name: string;
	readonly #gates: () => readonly number[];
	#convention: Convention = $state('torchvision');
	/** Number of the latest question of each kind; earlier answers are ignored. */
	#asked = 0;

	/** @param gates the gates of the blocks at the time of an answer */
	constructor(name: string, gates: () => readonly number[]) {
		this.#name = name;
		this.#gates = gates;
	}

	get convention(): Convention {
		return this.#convention;
	}
	set convention(convention: Convention) {
		this.#convention = convention;
		void this.classify();
	}

	/** @param most bytes that the device allows, if it is known to be less than needed */
	async load(file: File, needed: number, most: number | null): Promise<void> {
		this.weights = null;
		this.#forget();
		if (most !== null && needed > most) {
			this.problem = { code: 'too-large', needed, most };
			return;
		}
		const loaded = await this.#do('weights', (told) => this.#client.load(this.#name, file, told));
		if (!loaded) return;
		this.weights = { ...loaded, file: file.name };
		this.#convention = loaded.convention;
		await this.classify();
	}

	async open(file: File): Promise<void> {
		const opened = await this.#do('photograph', () => this.#client.open(this.#name, file));
		if (!opened) return;
		this.photograph = opened;
		await this.classify();
	}

	/** Answers anew, if there is what it takes. */
	async classify(): Promise<void> {
		this.#forget();
		if (!this.weights || !this.photograph) return;
		const asked = ++this.#asked;
		const answer = await this.#do('answer', (told) =>
			this.#client.classify(this.#convention, $state.snapshot(this.#gates()), told)
		);
		if (answer && asked === this.#asked) this.answer = answer;
	}

	/** Reads the output of a node. */
	async look(node: string): Promise<void> {
		const { answer } = this;
		if (!answer) return;
		const map = await this.#quietly(() => this.#client.map(node));
		if (map && answer === this.answer) this.map = { node, map };
	}

	async attend(index: number): Promise<void> {
		const { answer } = this;
		if (!answer) return;
		const map = await this.#quietly(() => this.#client.activation(index));
		if (map && answer === this.answer) this.activation = { index, map };
	}

	async removeBlocks(count: number): Promise<void> {
		const { answer } = this;
		this.removed = [];
		await this.#do('removed', (told) =>
			this.#client.withoutBlocks((found) => {
				if (answer !== this.answer) return;
				this.removed = [...this.removed, found];
				told(this.removed.length / count);
			})
		);
	}

	/** Ends `removeBlocks`; what it has found stays. */
	stop(): void {
		void this.#client.stop();
	}

	/** Ends the worker and frees its memory. */
	end(): void {
		this.#client.end();
	}

	#forget(): void {
		this.answer = null;
		this.map = null;
		this.activation = null;
		this.removed = [];
		this.problem = null;
	}

	/** Asks and shows the progress; returns null if it fails, and shows why. */
	async #do<T>(kind: Work, ask: (told: (share: number) => void) => Promise<T>): Promise<T | null> {
		this.problem = null;
		this.work = { kind, share: 0 };
		const told = (share: number) => {
			if (this.work?.kind === kind) this.work = { kind, share };
		};
		const found = await this.#quietly(() => ask(told));
		if (this.work?.kind === kind) this.work = null;
		return found;
	}

	async #quietly<T>(ask: () => Promise<T>): Promise<T | null> {
		try {
			return await ask();
		} catch (error) {
			if (!(error instanceof ClassifyError)) throw error;
			this.problem = error.problem;
			// A worker that has ended has lost the weights and the photograph.
			if (error.problem.code === 'worker' || error.problem.code === 'memory') {
				this.#client.end();
				this.weights = null;
				this.photograph = null;
				this.answer = null;
			}
			return null;
		}
	}
}
