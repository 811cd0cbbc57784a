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

describe('the exported project of a network that starts one rounding away', () => {
	const none = changePretraining(experiment, 1, null);
	const away = { ...options, experiment: changeRounding(none, 1, true) };
	const text =
		'the first weight of plain-14_2 moves to the next 32-bit number away from 0 before step 0';
	const readmeOf = (files: ReturnType<typeof kerasProject>) => files.get('README.md');

	it('has its first weight moved, and says so', () => {
		const files = unzipSync(projectZip(away));
		const { parameters, averages } = drawn(none.seed);
		const moved = { parameters: withOneRounding(parameters), averages };
		expect(files['pytorch/initial-1.safetensors']).toEqual(fileOf({ parameters, averages }));
		expect(files['pytorch/initial-2.safetensors']).toEqual(fileOf(moved));
		expect(strFromU8(files['pytorch/README.md'])).toContain(text);
		const keras = kerasProject(away);
		expect(keras.get('plain_14.safetensors')).toEqual(fileOf({ parameters, averages }));
		expect(keras.get('plain_14_2.safetensors')).toEqual(fileOf(moved));
		expect(readmeOf(keras)).toContain(text);
	});

	it('says nothing of it where no network does, or the weights are trained', () => {
		const plain = { ...options, experiment: none };
		const readme = strFromU8(unzipSync(projectZip(plain))['pytorch/README.md']);
		expect(readme).not.toContain('One rounding');
		expect(readmeOf(kerasProject(plain))).not.toContain('One rounding');
		const trained = [drawn(1), drawn(7)];
		expect(readmeOf(kerasProject({ ...away, trained }))).not.toContain('One rounding');
	});
});
