/** What was published of each network: year, and errors on ImageNet's or CIFAR-10's images, with the source. */

export interface Published {
	readonly year: number;
	/** Per cent, of one model unless `measured` says otherwise; null where the source gives none. */
	readonly top1: number | null;
	readonly top5: number | null;
	/** Test error on CIFAR-10, per cent. */
	readonly cifar?: number;
	/** How it was measured. */
	readonly measured: 'ten-crop' | 'ensemble-test' | 'cifar-test' | null;
	readonly source: string;
}

const HE = 'He et al. 2015, arXiv:1512.03385';
const tenCrop = (top1: number, top5: number | null, table: number): Published => ({
	year: 2015,
	top1,
	top5,
	measured: 'ten-crop',
	source: `${HE}, Table ${table}`
});
const cifar = (error: number): Published => ({
	year: 2015,
	top1: null,
	top5: null,
	cifar: error,
	measured: 'cifar-test',
	source: `${HE}, Table 6`
});

/** By the name without options. */
export const PUBLISHED: Readonly<Record<string, Published>> = {
	'alexnet-2012': {
		year: 2012,
		top1: null,
		top5: 15.3,
		measured: 'ensemble-test',
		source: 'Krizhevsky et al. 2012 (16.4 without the extra images)'
	},
	alexnet: {
		year: 2014,
		top1: null,
		top5: null,
		measured: null,
		source: 'Krizhevsky 2014, arXiv:1404.5997'
	},
	'vgg-16': { ...tenCrop(28.07, 9.33, 3), year: 2014 },
	'vgg-19': {
		year: 2014,
		top1: null,
		top5: null,
		measured: null,
		source: 'Simonyan and Zisserman 2014, arXiv:1409.1556'
	},
	googlenet: {
		year: 2014,
		top1: null,
		top5: 9.15,
		measured: 'ten-crop',
		source: `${HE}, Table 3`
	},
	'plain-18': tenCrop(27.94, null, 2),
	'plain-34': tenCrop(28.54, 10.02, 3),
	'resnet-18': { ...tenCrop(27.88, null, 2), source: `${HE}, Table 2 (option A)` },
	'resnet-34': tenCrop(24.52, 7.46, 3),
	'resnet-50': tenCrop(22.85, 6.71, 3),
	'resnet-101': tenCrop(21.75, 6.05, 3),
	'resnet-152': tenCrop(21.43, 5.71, 3),
	'cifar-resnet-20': cifar(8.75),
	'cifar-resnet-32': cifar(7.51),
	'cifar-resnet-44': cifar(7.17),
	'cifar-resnet-56': cifar(6.97),
	'cifar-resnet-110': cifar(6.43),
	'cifar-resnet-1202': cifar(7.93)
};
