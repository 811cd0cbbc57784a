/** Published results of each network: year, and errors on ImageNet or CIFAR-10, with their source. */

export interface Published {
	readonly year: number;
	/** Top-1 error in per cent, of a single model unless `measured` says otherwise; null if the source gives none. */
	readonly top1: number | null;
	readonly top5: number | null;
	/** Test error on CIFAR-10, per cent. */
	readonly cifar?: number;
	/** How the errors were measured. */
	readonly measured: 'ten-crop' | 'ensemble-test' | 'cifar-test' | null;
	readonly source: string;
}

const HE = 'He et al. 2015, arXiv:1512.03385';
const published = (
	year: number,
	source: string,
	measured: Published['measured'] = null,
	errors: Partial<Pick<Published, 'top1' | 'top5' | 'cifar'>> = {}
): Published => ({ year, top1: null, top5: null, measured, source, ...errors });
const tenCrop = (top1: number | null, top5: number | null, table: number) =>
	published(2015, `${HE}, Table ${table}`, 'ten-crop', { top1, top5 });
const cifar = (error: number) => published(2015, `${HE}, Table 6`, 'cifar-test', { cifar: error });

/** Published results by name without options. */
export const PUBLISHED: Readonly<Record<string, Published>> = {
	'alexnet-2012': published(
		2012,
		'Krizhevsky et al. 2012 (16.4 without the extra images)',
		'ensemble-test',
		{ top5: 15.3 }
	),
	alexnet: published(2014, 'Krizhevsky 2014, arXiv:1404.5997'),
	'vgg-16': { ...tenCrop(28.07, 9.33, 3), year: 2014 },
	'vgg-19': published(2014, 'Simonyan and Zisserman 2014, arXiv:1409.1556'),
	googlenet: { ...tenCrop(null, 9.15, 3), year: 2014 },
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
