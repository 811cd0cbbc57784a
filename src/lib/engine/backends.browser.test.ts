/** Tests the choice of a backend when a device never answers. */
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, expect, it, vi } from 'vitest';
import { chooseBackend, createEngine } from '.';

afterEach(() => void vi.restoreAllMocks());

it('goes on without a device that never answers, and is not moved when it does', async () => {
	let answer: (adapter: GPUAdapter | null) => void = () => {};
	const adapter = await navigator.gpu.requestAdapter();
	vi.spyOn(navigator.gpu, 'requestAdapter').mockImplementation(
		() => new Promise((resolve) => (answer = resolve))
	);
	const { backend, choice } = await chooseBackend({ patience: 6000 });
	const webgpu = choice.trials.find(({ name }) => name === 'webgpu')!;
	expect(webgpu.reason).toEqual({ code: 'silent', seconds: 6 });
	expect(choice.name).not.toBe('webgpu');
	expect(backend.name).toBe(choice.name);

	answer(adapter);
	await expect.poll(() => tf.engine().registry.webgpu).toBeDefined();
	const engine = await createEngine(backend, []);
	expect(engine.backend).toBe(choice.name);
	engine.dispose();
});
