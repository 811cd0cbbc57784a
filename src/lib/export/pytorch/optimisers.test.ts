/** Compares the golden files with a real PyTorch; skipped if there is none. */
import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { goldenCases } from '$lib/engine/golden/golden';
import type { Golden } from '$lib/engine/golden/parse';
import { findTorch } from '../../../../scripts/python.mjs';
import { torchJob } from '../testing/golden';

const PYTHON = findTorch();
const files = import.meta.glob('../../engine/golden/*.json', { eager: true, import: 'default' });
const byName = Object.fromEntries(
	Object.entries(files).map(([path, json]) => [path.replace(/^.*\//, './'), json])
);
const cases = goldenCases(byName);

it.skipIf(!PYTHON)('PyTorch computes the same steps in all golden cases', () => {
	const input = JSON.stringify(cases.map(({ golden }) => torchJob(golden)));
	const { stdout, stderr } = spawnSync(PYTHON!, ['scripts/golden.py'], {
		input,
		encoding: 'utf8',
		maxBuffer: 2 ** 26
	});
	expect(stderr).toBe('');
	const made = JSON.parse(stdout) as Golden['expected'][];
	for (const [i, { name, golden }] of cases.entries()) {
		const { expected } = golden;
		const near = (found: number, wanted: number, what: string, scale = Math.abs(wanted)) =>
			expect(Math.abs(found - wanted), `${name}: ${what}`).toBeLessThanOrEqual(1e-6 * scale);
		const largest = Math.max(...expected.logits.map(Math.abs));
		made[i].logits.forEach((logit, k) => near(logit, expected.logits[k], 'logits', largest));
		for (const key of ['losses', 'blockOutputGradientNorms', 'blockOutputStd'] as const)
			made[i][key].forEach((value, k) => near(value, expected[key][k], key));
		for (const key of ['gradientNorms', 'finalNorms'] as const)
			for (const [name, norm] of Object.entries(made[i][key])) near(norm, expected[key][name], key);
	}
});
