/** Opens a backend for tests that compare its numbers. */
import { BackendError, openBackend, type Backend } from '..';
import type { BackendName } from '../engine';

/** The backend; null if it is webgl with only 16-bit floats. */
export const openPrecise = (name: BackendName): Promise<Backend | null> =>
	openBackend(name).catch((error: unknown) => {
		if (error instanceof BackendError && error.reason.code === 'half-precision') return null;
		throw error;
	});
