/** Runs in the browser for `golden.mjs`: compares one file's training steps on one backend. */
import {
	BackendError,
	createEngine,
	openBackend,
	type BackendName,
	type BackendReason
} from '$lib/engine';
import { runGolden, TOLERANCE, type GoldenErrors } from '$lib/engine/golden/golden';
import { parseGolden } from '$lib/engine/golden/parse';

export type Comparison =
	{ errors: GoldenErrors; agrees: boolean } | { reason: BackendReason } | { problem: string };

async function compare(text: string, name: BackendName): Promise<Comparison> {
	try {
		const golden = parseGolden(JSON.parse(text));
		const backend = await openBackend(name);
		const errors = await runGolden(golden, (setups) => createEngine(backend, setups));
		return { errors, agrees: Object.values(errors).every((error) => error <= TOLERANCE) };
	} catch (error) {
		if (error instanceof BackendError) return { reason: error.reason };
		return { problem: error instanceof Error ? error.message : String(error) };
	}
}

Object.assign(globalThis, { compare });
