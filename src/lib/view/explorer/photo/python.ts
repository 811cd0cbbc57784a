/** How to get weights of torchvision for a network. */

/** torchvision's functions by our names. */
const TORCHVISION: Readonly<Record<string, string>> = {
	alexnet: 'alexnet',
	'vgg-16': 'vgg16',
	'vgg-19': 'vgg19',
	'resnet-18': 'resnet18',
	'resnet-34': 'resnet34',
	'resnet-50?stride=3x3': 'resnet50',
	'resnet-101?stride=3x3': 'resnet101',
	'resnet-152?stride=3x3': 'resnet152'
};

/** A line of Python that saves them; null if torchvision does not have the network. */
export function pythonFor(name: string): string | null {
	const own = TORCHVISION[name];
	return own
		? `import torch, torchvision; torch.save(torchvision.models.${own}(weights="DEFAULT").state_dict(), "${own}.pth")`
		: null;
}
