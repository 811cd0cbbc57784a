import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ROOT } from './run.mjs';

/** Exit code and what was printed to standard error; no browser is needed to refuse arguments. */
function refused(...args: string[]) {
	try {
		execFileSync(process.execPath, [join(ROOT, 'scripts/golden.mjs'), ...args], { stdio: 'pipe' });
		return null;
	} catch (error) {
		const { status, stderr } = error as { status: number; stderr: Buffer };
		return { status, message: stderr.toString() };
	}
}

it.each([
	[[], /at least one file/],
	[['no-such-file.json'], /no-such-file\.json/],
	[['x.json', '--backend', 'cuda'], /cuda.*webgpu, webgl, wasm, cpu/]
])('refuses %j with exit code 2 and the reason', (args, message) => {
	expect(refused(...args)).toMatchObject({ status: 2, message: expect.stringMatching(message) });
});
