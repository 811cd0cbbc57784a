/** Times a step of plain-8 and residual-8 on random pixels, to choose a depth; random, because images may still be loading. */
import type { Batch, ImageShape } from '$lib/base/image';
import { createEngine, type Backend } from '$lib/engine';
import { laneNetwork } from '../experiment/experiment';
import { chooseDepth, stepWork, type DepthChoice } from '../experiment/pace';
import { PRESETS } from '../experiment/presets';

export async function measurePace(
	backend: Backend,
	images: number,
	input: ImageShape
): Promise<DepthChoice> {
	const { recipe, ...pair } = PRESETS.degradation(8);
	const shallow = { ...pair, recipe: { ...recipe, batch: images } };
	const engine = await createEngine(
		backend,
		shallow.lanes.map((lane) => ({ network: laneNetwork(lane, input), seed: 1 }))
	);
	try {
		const [height, width, channels] = input;
		const size = images * height * width * channels;
		const batch: Batch = {
			// Any values between −1 and 1 that are neither constant nor periodic in a row.
			images: Float32Array.from({ length: size }, (_, i) => Math.sin(i * i)),
			labels: Int32Array.from({ length: images }, (_, i) => i % 10),
			shape: [images, ...input]
		};
		await engine.step(batch, shallow.recipe);
		const times: number[] = [];
		for (let i = 0; i < 2; i++) {
			const started = performance.now();
			await engine.step(batch, shallow.recipe);
			times.push(performance.now() - started);
		}
		const milliseconds = Math.min(...times);
		return chooseDepth({ work: stepWork(shallow), milliseconds }, images);
	} finally {
		engine.dispose();
	}
}
