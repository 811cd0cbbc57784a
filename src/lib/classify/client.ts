/** The page's side: asks the worker, which starts with the first question and again after it has ended. */
import * as Comlink from 'comlink';
import { AskedWorker } from '$lib/base/askWorker';
import { watchLifeline } from '$lib/base/lifeline';
import { uniqueName } from '$lib/base/uniqueName';
import type { FeatureMap } from '$lib/lab/studies/inside/record';
import type { Answer, LoadedWeights, Photograph, RemovedBlock } from './classifier';
import type { Convention } from './photograph';
import { ClassifyError, type ClassifyProblem } from './problem';
import type { ClassifierApi } from './worker';

type Outcome<T> = { readonly found: T } | { readonly problem: ClassifyProblem };

/** Every call throws ClassifyError. */
export class ClassifierClient {
	#worker: AskedWorker<ClassifierApi> | null = null;

	load(name: string, file: File, onProgress: (share: number) => void): Promise<LoadedWeights> {
		return this.#ask((worker) => worker.load(name, file, Comlink.proxy(onProgress)));
	}

	open(name: string, file: File): Promise<Photograph> {
		return this.#ask((worker) => worker.open(name, file));
	}

	classify(
		convention: Convention,
		gates: readonly number[],
		onProgress: (share: number) => void
	): Promise<Answer> {
		return this.#ask((worker) => worker.classify(convention, gates, Comlink.proxy(onProgress)));
	}

	map(node: string): Promise<FeatureMap> {
		return this.#ask((worker) => worker.map(node));
	}

	activation(index: number): Promise<FeatureMap | null> {
		return this.#ask((worker) => worker.activation(index));
	}

	withoutBlocks(onFound: (found: RemovedBlock) => void): Promise<void> {
		return this.#ask((worker) => worker.withoutBlocks(Comlink.proxy(onFound)));
	}

	/** Ends `withoutBlocks` after the block that it is at. */
	async stop(): Promise<void> {
		await this.#worker?.ask((worker) => worker.stop()).catch(() => {});
	}

	/** Ends the worker, which frees its memory; what it has not answered fails. */
	end(): void {
		this.#worker?.end();
		this.#worker = null;
	}

	async #ask<T>(call: (worker: Comlink.Remote<ClassifierApi>) => Promise<Outcome<T>>): Promise<T> {
		const worker = (this.#worker ??= this.#start());
		let outcome: Outcome<T>;
		try {
			outcome = await worker.ask(call);
		} catch (error) {
			if (worker === this.#worker) this.end();
			throw new ClassifyError({ code: 'worker', detail: (error as Error).message });
		}
		if ('problem' in outcome) throw new ClassifyError(outcome.problem);
		return outcome.found;
	}

	#start(): AskedWorker<ClassifierApi> {
		const name = uniqueName();
		const asked = new AskedWorker<ClassifierApi>(
			new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name })
		);
		// Once it has started it holds the lock of its name.
		asked
			.ask(() => Promise.resolve())
			.then(() => watchLifeline(name, () => asked.end()))
			.catch(() => {});
		return asked;
	}
}
