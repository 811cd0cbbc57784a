/** Explains what a file of weights is instead, how it does not fit, and what was changed or left out on the way in. */
import {
	WeightsError,
	type LeftOut,
	type WeightsProblem,
	type WeightsWarning
} from '$lib/export/reading/problems';
import { m } from '$lib/paraglide/messages';
import { formatBytes, formatCount, formatDetail, formatList } from './format';
import { textOf, type Texts } from './texts';

/** How PyTorch saves weights that can be read here. */
const save = 'torch.save(model.state_dict(), "weights.pth")';
/** `[16, 3, 3, 3]` */
export const formatShape = (shape: readonly number[]) => `[${shape.join(', ')}]`;

const PROBLEMS: Texts<WeightsProblem> = {
	empty: () => m.weights_empty(),
	'git-lfs': () => m.weights_git_lfs(),
	'web-page': () => m.weights_web_page(),
	'shard-index': () => m.weights_shard_index({ save }),
	text: ({ detail }) => m.weights_text({ start: detail }),
	hdf5: () => m.weights_hdf5({ save }),
	onnx: () => m.weights_onnx({ save }),
	keras: ({ detail }) => m.weights_keras({ path: detail, save }),
	'saved-model': ({ detail }) => m.weights_saved_model({ path: detail, save }),
	torchscript: () => m.weights_torchscript({ save }),
	numpy: () => m.weights_numpy({ save }),
	pickle: ({ detail }) =>
		detail ? m.weights_pickle_calls({ of: detail }) : m.weights_pickle({ save }),
	zip: ({ detail }) => m.weights_zip({ path: detail }),
	archive: () => m.weights_archive(),
	picture: () => m.weights_picture(),
	unknown: ({ detail }) => m.weights_unknown({ bytes: detail, save }),
	cut: ({ expected, found }) =>
		expected === null
			? m.weights_cut_unknown({ found: formatBytes(found) })
			: m.weights_cut({ found: formatBytes(found), expected: formatBytes(expected) }),
	damaged: ({ detail }) => m.weights_damaged({ detail: formatDetail(detail) }),
	module: ({ of }) => m.weights_module({ of, save }),
	calls: ({ of }) => m.weights_calls({ of }),
	'no-tensors': ({ names }) =>
		names.length
			? m.weights_no_tensors_of({ names: formatList(names), save })
			: m.weights_no_tensors({ save }),
	overlap: ({ tensor, other }) => m.weights_overlap({ tensor, other }),
	hole: ({ tensor, bytes }) =>
		tensor === null
			? m.weights_hole_end({ bytes: formatBytes(bytes) })
			: m.weights_hole({ tensor, bytes: formatBytes(bytes) }),
	range: ({ tensor, shape, bytes }) =>
		m.weights_range({ tensor, shape: formatShape(shape), bytes: formatBytes(bytes) }),
	type: ({ tensor, type }) => m.weights_type({ tensor, type }),
	names: ({ expected, found }) => m.weights_names({ expected, found: formatList(found) }),
	missing: ({ tensor, expected, count, of }) =>
		m.weights_missing({
			tensor,
			expected: formatShape(expected),
			count: formatCount(count),
			of: formatCount(of)
		}),
	shape: ({ tensor, expected, found }) =>
		m.weights_shape({ tensor, expected: formatShape(expected), found: formatShape(found) }),
	'other-network': ({ tensor, count }) =>
		m.weights_other_network({ tensor, count: formatCount(count) }),
	normalised: ({ tensor }) => m.weights_normalised({ tensor }),
	'not-finite': ({ tensor, value, index }) =>
		m.weights_not_finite({ tensor, value, index: formatCount(index) }),
	'negative-variance': ({ tensor, value, index }) =>
		m.weights_negative_variance({ tensor, value: String(value), index: formatCount(index) })
};

/** Explains why weights were not read or do not fit; for other errors, that the browser could not read the file. */
export const weightsProblemText = (error: unknown): string =>
	error instanceof WeightsError
		? textOf(PROBLEMS, error.problem)
		: m.weights_unreadable({ detail: formatDetail(error) });

/** Says that a file is refused, and why. @param name the network's name */
export const weightsRefusedText = (file: string, name: string, error: unknown): string =>
	m.weights_refused({ file, name, reason: weightsProblemText(error) });

const WARNINGS: Texts<WeightsWarning> = {
	prefix: ({ prefix }) => m.weights_prefix({ prefix }),
	wrapper: ({ key, others }) =>
		others.length
			? m.weights_wrapper_others({ key, others: formatList(others) })
			: m.weights_wrapper({ key }),
	renamed: ({ from, to, count }) => m.weights_renamed({ from, to, count: formatCount(count) }),
	converted: ({ type, count }) => m.weights_converted({ type, count: formatCount(count) }),
	stride: () => m.weights_stride(),
	reordered: () => m.weights_reordered(),
	padding: () => m.weights_padding()
};

/** Says what was changed on the way in, or may differ. */
export const weightsWarningText = (warning: WeightsWarning): string => textOf(WARNINGS, warning);

const LEFT_OUT: {
	readonly [R in LeftOut['reason']]: (words: { count: string; examples: string }) => string;
} = {
	counter: m.weights_left_counter,
	auxiliary: m.weights_left_auxiliary,
	'not-needed': m.weights_left_not_needed,
	'no-tensor': m.weights_left_no_tensor
};

/** Says which tensors are not used. */
export const leftOutText = ({ reason, count, examples }: LeftOut): string =>
	LEFT_OUT[reason]({ count: formatCount(count), examples: formatList(examples) });
