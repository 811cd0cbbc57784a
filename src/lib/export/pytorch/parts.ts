/** What the PyTorch code of several families has. */
import { indent, lines } from '../python';

export const SUBSAMPLE = lines(
	'class Subsample(nn.Module):',
	indent([
		'"""Option A where the shape changes: every other pixel, and zeros for the new channels."""',
		'',
		'def __init__(self, stride, channels_added):',
		indent(['super().__init__()', 'self.stride = stride', 'self.channels_added = channels_added']),
		'',
		'def forward(self, x):',
		indent([
			'x = x[:, :, :: self.stride, :: self.stride]',
			'return F.pad(x, (0, 0, 0, 0, 0, self.channels_added))'
		])
	])
);
