/** Networks of every family for PyTorch: a file that states the family, and what is built with it. */
import { callOf, modelFiles, type Models, type NamedNetwork } from '../networks';
import alexnet from './files/alexnet.py?raw';
import googlenet from './files/googlenet.py?raw';
import resnet from './files/resnet.py?raw';
import vgg from './files/vgg.py?raw';

const MODELS: Models = { alexnet, vgg, googlenet, resnet, cifar: resnet };

/** Text files by path. @param networks of one family */
export const pytorchModel = (networks: readonly NamedNetwork[]) =>
	modelFiles(MODELS, networks, callOf);
