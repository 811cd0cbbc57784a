/** The command that says what the app makes of files and links: as a teacher runs it at home. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from './test';
import { loadModule } from '../scripts/load.mjs';

function read(...args: string[]) {
	const { status, stdout, stderr } = spawnSync('node', ['scripts/read.mjs', '--json', ...args]);
	return { status, readings: status === 2 ? [] : JSON.parse(String(stdout)), told: String(stderr) };
}

test('images, records, weights and links are told apart and read, and what is wrong has a code', async ({
	browserName
}, info) => {
	expect(browserName).toBe('chromium');
	const { picture, jpegOf } = await loadModule('data/import/testing.ts');
	const at = (path: string) => join(info.outputDir, path);
	const put = (path: string, bytes: Uint8Array | string) => {
		mkdirSync(dirname(at(path)), { recursive: true });
		writeFileSync(at(path), bytes);
	};
	for (const pet of ['cat', 'dog'])
		for (let i = 0; i < 12; i++) put(`pets/${pet}/${i}.png`, picture(`${pet}${i}`, 32));
	put('pets/dog/photo.jfif', jpegOf('cmyk'));
	put('pets/dog/empty.jpg', '');
	put('run.json', '{"version": 1, "kind": "residual-explorer-run"}');
	put('net.safetensors', 'version https://git-lfs.github.com/spec/v1\n');
	put('page.zip', '<!doctype html><html></html>');
	const { status, readings } = read(
		...['pets', 'run.json', 'net.safetensors', 'page.zip'].map(at),
		'https://school.example/lab/?Preset=vanishing&amp;depth=２０&amp;sed=3.'
	);
	expect(status).toBe(1);
	const [pets, run, net, page, link] = readings;
	expect(pets).toMatchObject({
		kind: 'images',
		shape: [32, 32, 3],
		classes: [
			{ name: 'cat', train: 10, test: 2 },
			{ name: 'dog', train: 11, test: 2 }
		],
		leftOut: [{ reason: 'empty', count: 1 }]
	});
	expect(pets.id).toMatch(/^own-[0-9a-f]{12}$/);
	expect(pets.mean).toHaveLength(3);
	expect(pets.warnings.map(({ code }: { code: string }) => code)).toContain('test-split-off');
	expect(run).toMatchObject({ kind: 'record', error: { code: expect.any(String) } });
	expect(net).toMatchObject({ kind: 'weights', error: { code: 'git-lfs' } });
	expect(page).toMatchObject({ kind: 'unknown', error: { code: 'not-images' } });
	expect(link).toMatchObject({
		kind: 'link',
		experiment: { preset: 'vanishing', lanes: [{ network: { depth: 20 } }, {}] },
		warnings: [{ code: 'unknown-parameter', text: expect.stringContaining('seed') }]
	});

	const wrong = read('no-such-folder');
	expect(wrong.status).toBe(2);
	expect(wrong.told).toContain('no-such-folder');
});
