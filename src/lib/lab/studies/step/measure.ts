/**
 * Takes the next training step apart, without making it: forward, loss, backward and update on the batch that training would
 * take, with its dropout masks and learning rate. The passes are those of the reference (`engine/inspect.ts`).
 */
import { breathe } from '$lib/base/breathe';
import { entry } from '$lib/base/entry';
import type { Batch } from '$lib/base/image';
import { standardisedBytes, type Manifest } from '$lib/data';
import {
	batchLoss,
	gradientPasses,
	updatedState,
	type Backend,
	type NodeGradients
} from '$lib/engine';
import type { Recipe } from '$lib/engine/engine';
import { analyse, blockParts } from '$lib/network';
import { normOf } from '../inside/record';
import type { LaneCopy, Measurement, Underway } from '../measurement';
import { normsOf, termPasses } from '../measuredTerms';
import {
	STEP_IMAGES,
	stepNodes,
	type KernelStep,
	type StepSpec,
	type StepSummary,
	type StepValues
} from './record';

export const measureStep: Measurement<StepSpec, StepSummary> = {
	async measure(run, { image }, { found, progress, signal }) {
		const { backend, step, set, active } = run;
		const { batch, recipe, gates } = await run.nextStep();
		const shown = shownImages(batch, set.manifest);
		for (const lane of active.keys()) {
			const share = (done: number, of: number) => progress(lane * of + done, active.length * of);
			const copy = { ...(await run.copyOf(lane)), gates: gates[lane] };
			const at = Math.min(image, batch.labels.length - 1);
			const one = await takeApart(backend, copy, batch, recipe, at, { progress: share, signal });
			if (!one) return;
			const { values, ...summary } = one;
			found({ step, lane, ...summary, values: { ...values, ...shown } });
		}
	}
};

function shownImages({ images, labels, shape }: Batch, manifest: Manifest) {
	const count = Math.min(STEP_IMAGES, labels.length);
	const size = images.length / labels.length;
	return {
		images: {
			pixels: standardisedBytes(images.subarray(0, count * size), manifest),
			shape: shape.slice(1)
		},
		labels: Array.from(labels.subarray(0, count)),
		batch: labels.length
	};
}

type Apart = Omit<StepSummary, 'step' | 'lane' | 'values'> & {
	readonly values: Omit<StepValues, 'images' | 'labels' | 'batch'>;
};

/**
 * One step of a lane, which stays as it is.
 * @param image index in the batch of the image whose values are told
 * @returns null when cancelled
 */
export async function takeApart(
	backend: Backend,
	setup: LaneCopy,
	batch: Batch,
	recipe: Recipe,
	image: number,
	{ progress, signal }: Underway
): Promise<Apart | null> {
	const network = analyse(setup.network);
	const nodes = stepNodes(network);
	const ids = nodes.map(({ node }) => node.id);
	const shapes = new Map(nodes.map(({ node, outputShape }) => [node.id, outputShape]));
	const terms = termPasses(network);
	const whole = {
		...({ objective: 'loss', image } as const),
		outputs: ids,
		gradients: ids,
		parameters: network.parameters.map(({ name }) => name)
	};
	const mode = { training: true, step: recipe.step };
	const requests = [whole, ...terms.oneWay.map((request) => ({ ...request, image }))];
	const all: NodeGradients[] = [];
	for await (const pass of gradientPasses(backend, setup, batch, mode, requests)) {
		all.push(pass);
		progress(all.length, requests.length + 1);
		await breathe();
		if (signal.aborted) return null;
	}
	const [{ loss, outputs, gradients, parameters, norms }] = all;
	const { state, clipped } = updatedState(setup.state, parameters, recipe);
	const after = await batchLoss(backend, { ...setup, state }, batch, mode);
	await breathe();
	if (signal.aborted) return null;

	const map = (id: string, values: Float32Array) => ({ shape: entry(shapes, id), values });
	const told = terms.read(all, setup.gates);
	const kernels = network.layers.map(({ id, kernel }): [string, KernelStep] => {
		const { name, shape } = network.parameters[kernel];
		const of = ({ parameters, velocities, squares }: typeof state) => {
			const s = squares?.get(name);
			return { w: entry(parameters, name), v: entry(velocities, name), ...(s && { s }) };
		};
		const gradient = entry(parameters, name);
		return [id, { shape, before: of(setup.state), after: of(state), gradient }];
	});
	const float = (values: readonly number[]) => Float32Array.from(values);
	return {
		...{ image, label: batch.labels[image], loss, after },
		outputs: float(ids.map((id) => entry(norms, id).output)),
		gradients: float(ids.map((id) => entry(norms, id).gradient)),
		weights: float(kernels.map(([, { before }]) => normOf(before.w))),
		kernelGradients: float(kernels.map(([, { gradient }]) => normOf(gradient))),
		updates: float(
			kernels.map(([, { before, after }]) => normOf(after.w.map((w, i) => w - before.w[i])))
		),
		blocks: told.map(
			(block) => block && { forward: normsOf(block.forward), backward: normsOf(block.backward) }
		),
		values: {
			...{ gates: setup.gates, recipe, clipped },
			outputs: new Map(ids.map((id) => [id, map(id, entry(outputs, id))])),
			gradients: new Map(
				ids.flatMap((id) => {
					const { total } = entry(gradients, id);
					return total ? [[id, map(id, total)] as const] : [];
				})
			),
			terms: told.map((block, index) => {
				if (!block) return null;
				const { input } = blockParts(network, index);
				const of = (values: Float32Array | null) => values && map(input, values);
				return { shortcut: of(block.backward.shortcut), branch: of(block.backward.branch) };
			}),
			kernels: new Map(kernels)
		}
	};
}
