/** Networks of every family for Keras: a file that states the family, and what is built with it. */
import { networkOf } from '$lib/network';
import { callOf, modelFiles, type Models, type NamedNetwork, type NetworkCall } from '../networks';
import alexnet from './files/alexnet.py?raw';
import googlenet from './files/googlenet.py?raw';
import resnet from './files/resnet.py?raw';
import vgg from './files/vgg.py?raw';

const MODELS: Models = { alexnet, vgg, googlenet, resnet, cifar: resnet };

/** A call as `callOf` has it, and the size of images. */
export const kerasCallOf = (network: Omit<NamedNetwork, 'name'>): NetworkCall => ({
	...callOf(network),
	size: networkOf(network.spec).input[0]
});

/** Text files by path. @param networks of one family */
export const kerasModel = (networks: readonly NamedNetwork[]) =>
	modelFiles(MODELS, networks, kerasCallOf);
