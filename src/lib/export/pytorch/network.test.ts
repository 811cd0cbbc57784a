/** The networks of ImageNet in a real PyTorch; passed over where there is none. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { analyse, networkOf, parseName } from '$lib/network';
import { findTorch } from '../../../../scripts/python.mjs';
import { pytorchNetwork } from './network';

const PYTHON = findTorch();
const NAMES = [
	...['alexnet', 'alexnet-2012', 'vgg-16', 'vgg-19', 'googlenet'],
	...['plain-18', 'plain-34', 'resnet-18', 'resnet-34', 'resnet-50', 'resnet-101', 'resnet-152'],
	...[
		'resnet-34?shortcut=A',
		'resnet-34?shortcut=C',
		'resnet-50?stride=3x3',
		'resnet-50?order=pre'
	],
	...['resnet-18?shortcut=A&order=pre', 'resnet-18?shortcut=C&order=pre', 'cifar-resnet-110']
];

it.skipIf(!PYTHON)(
	'every network has the parameters and multiply-accumulates that the app tells, and puts out its classes',
	{ timeout: 180_000 },
	async () => {
		const folder = mkdtempSync(join(tmpdir(), 'imagenet-'));
		try {
			NAMES.forEach((name, i) =>
				writeFileSync(join(folder, `network${i}.py`), pytorchNetwork(parseName(name)))
			);
			const inputs = NAMES.map((name) => networkOf(parseName(name)).input);
			const script = `
import importlib, json, torch
from torch import nn
for i, (height, width, channels) in enumerate(${JSON.stringify(inputs)}):
    (build,) = importlib.import_module(f"network{i}").NETWORKS.values()
    network = build().eval()
    macs = 0
    def count(module, inputs, output):
        global macs
        per = module.weight[0].numel()
        macs += per * output[0].numel()
    for module in network.modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            module.register_forward_hook(count)
    with torch.no_grad():
        output = network(torch.zeros(1, channels, height, width))
    print(json.dumps([sum(p.numel() for p in network.parameters()), macs, output.shape[1]]))
`;
			const { stdout } = await promisify(execFile)(PYTHON!, ['-c', script], { cwd: folder });
			const told = stdout
				.trim()
				.split('\n')
				.map((line) => JSON.parse(line) as number[]);
			NAMES.forEach((name, i) => {
				const { parameterCount, macs, network } = analyse(networkOf(parseName(name)));
				expect(told[i], name).toEqual([parameterCount, macs, network.classes]);
			});
		} finally {
			rmSync(folder, { recursive: true });
		}
	}
);
