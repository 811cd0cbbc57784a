/**
 * Pre-training: the smaller networks that are trained before a lane's step 0, and which of their layers start its
 * network. Everything follows from the experiment, so the same experiment always starts from the same weights.
 */
import type { ImageShape } from '$lib/base/image';
import { analyse, beginnings, CLASSIFIER, counterparts, type AnalysedNetwork } from '$lib/network';
import { ANY_INPUT, networkFor, shallowest, type LaneNetwork } from './laneNetwork';
import type { Experiment } from './schema';

export type Pretraining = NonNullable<Experiment['lanes'][number]['pretraining']>;

/** One network to train before step 0. */
export interface PretrainingStage {
	readonly network: AnalysedNetwork;
	/**
	 * The parameters that it has in common with the lane's network, by name here and there: it takes those that an earlier
	 * stage has trained, and passes on all of them. Its other parameters start from random draws and are dropped.
	 */
	readonly common: ReadonlyMap<string, string>;
	/** The parameters, by name, that keep their values in this stage. */
	readonly frozen: ReadonlySet<string>;
}

/**
 * The stages of pre-training, in order:
 * - `shallower`: the shallowest network of the family, whose layers start their counterparts in the lane's network; the
 *   layers in between start from random draws (Simonyan and Zisserman 2014, §3.1)
 * - `layerwise`: the network's first layer with a classifier, then the first two, and so on; each stage trains only the
 *   new layer and a new classifier (greedy supervised training, Bengio et al. 2007); see `beginnings`
 * @throws RangeError if the network cannot be pre-trained in this way; see `pretrainingsOf`
 */
export function pretrainingStages(
	network: LaneNetwork,
	{ kind }: Pick<Pretraining, 'kind'>,
	input: ImageShape
): PretrainingStage[] {
	const whole = analyse(networkFor(network, input));
	if (kind === 'layerwise') {
		let before = new Set<string>();
		return beginnings(whole).map((one) => {
			const stage = analyse(one);
			const names = stage.parameters.flatMap(({ name, node }) => (node === CLASSIFIER ? [] : name));
			const frozen = before;
			before = new Set(names);
			return { network: stage, common: new Map(names.map((name) => [name, name])), frozen };
		});
	}
	const shallow = shallowest(network);
	if (!shallow) throw new RangeError(`${whole.network.name}: no shallower network of its family`);
	const trained = analyse(networkFor(shallow, input));
	return [{ network: trained, common: counterparts(trained, whole), frozen: new Set() }];
}

/** The training steps that a lane makes before its step 0. */
export const pretrainingSteps = ({ network, pretraining }: Experiment['lanes'][number]): number =>
	pretraining ? pretraining.steps * pretrainingStages(network, pretraining, ANY_INPUT).length : 0;
