/** Says what importing images left out, warned of, or refused, and what the user can do. */
import type { ImportProblem, LeftOut, Warning } from '$lib/lab';
import { m } from '$lib/paraglide/messages';
import { faultText } from './failures';
import { formatBytes, formatCount, formatDetail, formatList, formatSome } from './format';
import { textOf, type Texts } from './texts';

const LEFT_OUT: { readonly [R in LeftOut['reason']]: () => string } = {
	hidden: m.data_left_hidden,
	empty: m.data_left_empty,
	unreadable: m.data_left_unreadable,
	unsupported: m.data_left_unsupported,
	'too-large': m.data_left_too_large,
	unlabelled: m.data_left_unlabelled,
	other: m.data_left_other,
	archive: m.data_left_archive,
	'other-set': m.data_left_other_set,
	beside: m.data_left_beside,
	copy: m.data_left_copy
};
export const leftOutText = (reason: LeftOut['reason']): string => LEFT_OUT[reason]();

const WARNINGS: Texts<Warning> = {
	'class-levels': ({ chosen, others }) =>
		m.data_warn_class_levels({ chosen, others: others.join('; ') }),
	'classes-from-names': m.data_warn_names,
	'labels-from-table': ({ table, images }) =>
		m.data_warn_table({ table, images: formatCount(images) }),
	'test-split-off': ({ images }) => m.data_warn_split({ images: formatCount(images) }),
	'validation-joined': ({ images }) => m.data_warn_validation({ images: formatCount(images) }),
	'class-without-images': ({ classes }) => m.data_warn_no_images({ classes: formatSome(classes) }),
	'class-without-test': ({ classes }) => m.data_warn_no_test({ classes: formatSome(classes) }),
	'class-without-training': ({ classes }) =>
		m.data_warn_no_training({ classes: formatSome(classes) }),
	'small-class': ({ classes, fewest }) =>
		m.data_warn_small({ classes: formatSome(classes), fewest }),
	'unequal-classes': m.data_warn_unequal,
	'several-sets': ({ chosen, others }) => m.data_warn_sets({ chosen, others: formatSome(others) }),
	duplicates: ({ images, example }) =>
		m.data_warn_duplicates({ images: formatCount(images), example }),
	'duplicates-across-classes': ({ images, example }) =>
		m.data_warn_across({ images: formatCount(images), example }),
	'test-in-training': ({ images, example }) =>
		m.data_warn_leak({ images: formatCount(images), example }),
	range: m.data_warn_range,
	transparent: ({ images }) => m.data_warn_transparent({ images: formatCount(images) }),
	animated: ({ images }) => m.data_warn_animated({ images: formatCount(images) }),
	'cut-edges': ({ images }) => m.data_warn_edges({ images: formatCount(images) }),
	enlarged: m.data_warn_enlarged,
	turned: () => m.data_warn_turned()
};
export const warningText = (warning: Warning): string => textOf(WARNINGS, warning);

type NotImages = Extract<ImportProblem, { code: 'not-images' }>['kind'];
const KINDS: { readonly [K in NotImages]: () => string } = {
	empty: m.data_not_empty,
	'web-page': m.data_not_web_page,
	'git-lfs': m.data_not_lfs,
	matlab: m.data_not_matlab,
	hdf5: m.data_not_hdf5,
	numpy: m.data_not_numpy,
	parquet: m.data_not_parquet,
	text: m.data_not_text,
	pdf: m.data_not_pdf,
	film: m.data_not_film,
	weights: m.data_not_weights,
	packed: m.data_not_packed,
	pickle: m.data_not_pickle,
	heic: m.data_not_heic,
	tiff: m.data_not_tiff,
	ico: m.data_not_ico,
	tga: m.data_not_tga,
	drawing: m.data_not_drawing,
	'other-picture': m.data_not_other_picture
};

const PROBLEMS: Texts<ImportProblem> = {
	nothing: () => m.data_no_files(),
	'no-images': ({ found }) => m.data_no_images({ files: formatSome(found) }),
	'not-images': ({ file, kind }) => m.data_not_images({ file, kind: KINDS[kind]() }),
	'no-classes': m.data_no_classes,
	'class-count': ({ examples, ...counts }) =>
		m.data_class_count({ ...counts, examples: formatSome(examples) }),
	'too-many': ({ count, most }) =>
		m.data_too_many({ count: formatCount(count), most: formatCount(most) }),
	'too-big': ({ file, bytes, most }) =>
		m.data_too_big({ file, bytes: formatBytes(bytes), most: formatBytes(most) }),
	bomb: ({ file, packed }) => m.data_bomb({ file, packed: formatBytes(packed) }),
	'part-missing': ({ part, images }) =>
		part === 'train'
			? m.data_no_training_part({ images: formatCount(images) })
			: m.data_no_test_part({ images: formatCount(images) }),
	'too-many-bad': ({ bad, images, examples }) =>
		m.data_too_many_bad({
			bad: formatCount(bad),
			images: formatCount(images),
			examples: formatList(examples)
		}),
	damaged: ({ file, offset, expected, found }) =>
		offset === null
			? m.data_problem_file({ file, expected, found })
			: m.data_problem_byte({ file, offset, expected, found }),
	full: ({ used, room }) =>
		room === null || used === null
			? m.data_problem_full_unknown()
			: m.data_problem_full({ room: formatBytes(room), used: formatBytes(used) }),
	store: ({ fault, detail }) =>
		m.data_problem_failed({ detail: formatDetail(faultText(fault, detail)) }),
	failed: ({ detail }) => m.data_problem_failed({ detail: formatDetail(detail) })
};

/** Explains why files were not imported. */
export const importProblemText = (problem: ImportProblem): string => textOf(PROBLEMS, problem);
