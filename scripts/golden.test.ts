import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { findTorch } from './python.mjs';
import { ROOT } from './run.mjs';

const run = (script: string, args: readonly string[]) =>
	execFileSync(process.execPath, [join(ROOT, 'scripts', script), ...args], { stdio: 'pipe' });

/** Exit code and what was printed to standard error; no browser is needed to refuse arguments. */
function refused(script: string, args: readonly string[]) {
	try {
		run(script, args);
		return null;
	} catch (error) {
		const { status, stderr } = error as { status: number; stderr: Buffer };
		return { status, message: stderr.toString() };
	}
}

it.each([
	['golden.mjs', [], /at least one file/],
	['golden.mjs', ['no-such-file.json'], /no-such-file\.json/],
	['golden.mjs', ['x.json', '--backend', 'cuda'], /cuda.*webgpu, webgl, wasm, cpu/],
	['golden-write.mjs', ['vgg-mini'], /NETWORK and FILE/],
	['golden-write.mjs', ['vgg-mini', 'x.json', '--clip', 'much'], /--clip much/],
	['golden-write.mjs', ['no-net', 'x.json'], /no-net/]
])('%s refuses %j with exit code 2 and the reason', (script, args, message) => {
	expect(refused(script, args)).toMatchObject({
		status: 2,
		message: expect.stringMatching(message)
	});
});

it.skipIf(!findTorch())('a golden file is written again as it is', () => {
	const folder = mkdtempSync(join(tmpdir(), 'golden-'));
	try {
		const original = join(ROOT, 'src/lib/engine/golden/op-scale-drop.json');
		const again = join(folder, 'again.json');
		run('golden-write.mjs', [original, again]);
		const [{ expected: _, ...wanted }, { expected, ...written }] = [original, again].map((path) =>
			JSON.parse(readFileSync(path, 'utf8'))
		);
		expect(written).toEqual(wanted);
		expect(expected.losses).toHaveLength(wanted.recipe.steps);
	} finally {
		rmSync(folder, { recursive: true });
	}
});
