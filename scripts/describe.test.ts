// `npm run describe` as a user calls it.
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';

function run(...args: string[]) {
	const script = ['scripts/describe.mjs', ...args];
	return spawnSync(process.execPath, script, { encoding: 'utf8' });
}

describe('npm run describe', () => {
	it('prints JSON whose layers sum to the totals', () => {
		const { status, stdout } = run('cifar-resnet-56', '--json');
		expect(status).toBe(0);
		const { layers, ...totals } = JSON.parse(stdout);
		expect(totals).toEqual({
			name: 'cifar-resnet-56',
			depth: 56,
			input: [32, 32, 3],
			parameters: 853_018,
			macs: 125_485_696
		});
		const sum = (key: 'parameters' | 'macs') =>
			layers.reduce((total: number, layer: Record<typeof key, number>) => total + layer[key], 0);
		expect(sum('parameters')).toBe(totals.parameters);
		expect(sum('macs')).toBe(totals.macs);
		expect(layers[1]).toEqual({
			name: 'stem',
			type: 'conv',
			outputShape: [32, 32, 16],
			parameters: 432,
			macs: 442_368
		});
	});

	it('prints a table with the totals', () => {
		const { status, stdout } = run('cifar-plain-8?width=8&size=16&channels=1');
		expect(status).toBe(0);
		expect(stdout).toMatch(/^cifar-plain-8\?width=8.*: 8 weighted layers, input 16×16×1\n/);
		expect(stdout).toMatch(/block2\/conv1 +conv +4×4×32 +4,608 +73,728/);
		expect(stdout).toMatch(/\ntotal +19,\d{3} +\d{3},\d{3}\n$/);
	});

	it('ends with 2 and the nearest names for an unknown one', () => {
		const { status, stdout, stderr } = run('cifar-resnet-55');
		expect(status).toBe(2);
		expect(stdout).toBe('');
		expect(stderr).toContain('cifar-resnet-55');
		expect(stderr).toContain('cifar-resnet-56');
	});

	it('ends with 2 and the usage without a name', () => {
		expect(run()).toMatchObject({ status: 2, stderr: expect.stringContaining('Usage:') });
	});
});
