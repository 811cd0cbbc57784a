/**
 * The engine: chooses a backend and trains networks on it. tfjs is imported in this folder and
 * nowhere else; the rest of the app knows the `Engine` interface.
 */
import type { Engine, LaneSetup } from './engine';
import { TfjsEngine } from './tfjs/engine';

export * from './engine';
export { chooseBackend, NoBackendError, openBackend, watchDevice } from './backends';
export { initialParameters } from './initialise';

/**
 * Builds the networks on the backend that `chooseBackend` left tfjs on.
 * @throws RangeError when given weights do not fit a network
 */
export async function createEngine(setups: readonly LaneSetup[]): Promise<Engine> {
	return new TfjsEngine(setups);
}
