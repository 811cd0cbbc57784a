/** PyTorch's equivalents of the app's optimisers. */
import type { Optimiser, Recipe } from '$lib/engine/engine';

interface TorchOptimiser {
	/** Name in `torch.optim`. */
	readonly name: string;
	/** Arguments other than the parameters. */
	readonly arguments: Readonly<Record<string, number | readonly number[]>>;
}

const OPTIMISERS: {
	readonly [O in Optimiser]: (recipe: Recipe) => TorchOptimiser;
} = {
	sgd: ({ momentum, weightDecay }) => ({
		name: 'SGD',
		arguments: { momentum, weight_decay: weightDecay }
	}),
	adam: ({ momentum, weightDecay }) => ({
		name: 'Adam',
		arguments: { betas: [momentum, 0.999], weight_decay: weightDecay }
	}),
	adamw: ({ momentum, weightDecay }) => ({
		name: 'AdamW',
		arguments: { betas: [momentum, 0.999], weight_decay: weightDecay }
	}),
	rmsprop: ({ momentum, weightDecay }) => ({
		name: 'RMSprop',
		arguments: { alpha: 0.99, momentum, weight_decay: weightDecay }
	})
};

export function torchOptimiser(recipe: Recipe): TorchOptimiser {
	const { name, arguments: own } = OPTIMISERS[recipe.optimiser ?? 'sgd'](recipe);
	return { name, arguments: { lr: recipe.learningRate, ...own } };
}
