import { strFromU8, unzipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { initialParameters, withOneRounding } from '$lib/engine/initialise';
import {
	changePretraining,
	changeRounding,
	lane,
	laneNetwork
} from '$lib/lab/experiment/experiment';
import { PRESET_INPUT, PRESETS } from '$lib/lab/experiment/presets';
import { analyse } from '$lib/network';
import { kerasProject } from './keras/project';
import { writeSafetensors } from './safetensors';
import { toTensors, type Weights } from './weights';
import { projectZip } from './zip';

const one = lane({ depth: 14, width: 2, shortcut: 'none' });
const experiment = changePretraining({ ...PRESETS.degradation(14), lanes: [one, one] }, 1, {
	kind: 'shallower',
	steps: 30
});
const analysed = analyse(laneNetwork(one, PRESET_INPUT));
const drawn = (seed: number): Weights => ({
	parameters: initialParameters(analysed.network, seed),
	averages: new Map()
});
const fileOf = (weights: Weights) => writeSafetensors(toTensors(analysed, weights));
const options = {
	...{ experiment, input: PRESET_INPUT, steps: 10, app: 'test', link: null },
	...{ images: new Map<string, Uint8Array>(), trained: null }
};

describe('the exported project of a pre-trained network', () => {
	it('has the weights after pre-training, and says so', () => {
		const start = [drawn(1), drawn(7)];
		const files = unzipSync(projectZip({ ...options, start }));
		expect(files['pytorch/initial-2.safetensors']).toEqual(fileOf(start[1]));
		const readme = strFromU8(files['pytorch/README.md']);
		expect(readme).toContain('plain-14_2 starts from the layers of the shallowest network');
		expect(readme).toContain('trained for 30 steps');
		expect(readme).toContain('--weights initial-1.safetensors --weights initial-2.safetensors');
		const keras = kerasProject({ ...options, start });
		expect(keras.get('plain_14_2.safetensors')).toEqual(fileOf(start[1]));
		expect(keras.get('README.md')).toContain('These are the weights after it.');
	});

	it('says if they are not known', () => {
		const files = unzipSync(projectZip(options));
		expect(files['pytorch/initial-2.safetensors']).toEqual(fileOf(drawn(experiment.seed)));
		expect(strFromU8(files['pytorch/README.md'])).toContain('the weights after it are not known');
		expect(kerasProject(options).get('README.md')).toContain('are not known here');
	});

	it('says nothing of pre-training without any', () => {
		const plain = changePretraining(experiment, 1, null);
		const readme = strFromU8(
			unzipSync(projectZip({ ...options, experiment: plain }))['pytorch/README.md']
		);
		expect(readme).not.toMatch(/pre-train/i);
		expect(readme).toContain('with other values.\n\n**Results**');
	});
});

it('the exported project of a network that starts one rounding away has its first weight moved', () => {
	const away = changeRounding(changePretraining(experiment, 1, null), 1, true);
	const files = unzipSync(projectZip({ ...options, experiment: away }));
	const { parameters, averages } = drawn(away.seed);
	expect(files['pytorch/initial-1.safetensors']).toEqual(fileOf({ parameters, averages }));
	const moved = { parameters: withOneRounding(parameters), averages };
	expect(files['pytorch/initial-2.safetensors']).toEqual(fileOf(moved));
});
