/** Runs in the browser for `golden.mjs`: compares one file's training steps on one backend. */
import { createEngine, openBackend, type BackendName, type BackendReason } from '$lib/engine';
import { parseGolden, runGolden, TOLERANCE, type GoldenErrors } from '$lib/engine/golden/golden';

export type Comparison =
	{ errors: GoldenErrors; agrees: boolean } | { reason: BackendReason } | { problem: string };

async function compare(text: string, backend: BackendName): Promise<Comparison> {
	try {
		const golden = parseGolden(JSON.parse(text));
		const reason = await openBackend(backend);
		if (reason) return { reason };
		const errors = await runGolden(golden, createEngine);
		return { errors, agrees: Object.values(errors).every((error) => error <= TOLERANCE) };
	} catch (error) {
		return { problem: error instanceof Error ? error.message : String(error) };
	}
}

Object.assign(globalThis, { compare });
