import { expect, it } from 'vitest';
import { linear, shader, THREADS, workgroups } from './shader';

const empty = { buffers: {}, main: '' };

it('runs more workgroups than an axis has along two axes', () => {
	const count = 5_000_000;
	const { workgroups: size, code } = shader(linear(count), empty);
	if (typeof size === 'function') throw new Error('not for a number of images');
	const [x, y = 1] = size;
	expect(x).toBeLessThanOrEqual(65535);
	expect(x * y * THREADS).toBeGreaterThanOrEqual(count);
	expect(code).toContain(`let id = vec3u(foldedId.x + foldedId.y * ${x * THREADS}u, 0, 0);`);
	// Those that are too many end at once.
	expect(code).toContain(`if (id.x >= ${count}u) { return; }`);
	expect(shader(workgroups(70_000, 16), empty).code).toContain('if (workgroup.x >= 70000u)');
});

it('runs as many as an axis has along it alone', () => {
	expect(shader(linear(65535 * THREADS), empty).workgroups).toEqual([65535]);
	expect(shader(workgroups(65535, 16), empty).code).not.toContain('folded');
});
