import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { KERNEL_NAMES } from './division';
import { Job } from './job';
import { PARAMETERS, type KernelName, type Kernels } from './kernels';
import { Team, threadsFor, type HelperStart } from './team';

let started: (HelperStart & { readonly terminate: () => void })[] = [];

beforeEach(() => {
	started = [];
	vi.stubGlobal(
		'Worker',
		class {
			readonly terminate = vi.fn();
			postMessage(start: HelperStart) {
				started.push({ ...start, terminate: this.terminate });
			}
		}
	);
});
afterEach(() => vi.unstubAllGlobals());

/** A kernel's arguments in order: those given, else 0. */
const values = (name: KernelName, given: Readonly<Record<string, number>>) =>
	PARAMETERS[name].split(' ').map((parameter) => given[parameter] ?? 0);

/** A team of two whose kernels record their arguments; between its parts, the helper takes `helping` of them. */
function teamOf(helping: number, onLost = (_: string) => {}) {
	const calls: { readonly by: string; readonly name: string; readonly args: number[] }[] = [];
	const module = {} as WebAssembly.Module;
	const team = new Team(2, module, {} as WebAssembly.Memory, onLost);
	const kernel =
		(by: string, name: KernelName) =>
		(...args: number[]) => {
			calls.push({ by, name, args });
			if (by === 'caller' && helping-- > 0)
				try {
					new Job(started[0].job).work(started[0].thread, help);
				} catch {
					// In a worker, it ends the helper.
				}
			return 0;
		};
	let help = (index: number, args: readonly number[]) =>
		void kernel('helper', KERNEL_NAMES[index])(...args);
	const own = Object.fromEntries(KERNEL_NAMES.map((name) => [name, kernel('caller', name)]));
	const breakHelper = () => {
		help = () => {
			throw new Error('unreachable');
		};
	};
	return { team, kernels: team.share(own as Kernels), calls, breakHelper };
}

const MAP = { channels: 64, rows: 32, columns: 32, image: 1000, row: 100 };

it('gives each image to one thread, with pointers that move and those that are absent', () => {
	const { kernels, calls } = teamOf(2);
	const given = { ...MAP, y: 64, z: 5000, centre: 7, shortcut: 0, gate: 0.5, sImage: 300 };
	kernels.combine(...values('combine', { ...given, images: 33 }));
	const parts = calls.map(({ args }) => {
		const told = Object.fromEntries(
			PARAMETERS.combine.split(' ').map((parameter, i) => [parameter, args[i]])
		);
		const first = (told.y - 64) / 1000;
		expect(told).toMatchObject({ z: 5000 + first * 1000, centre: 7, shortcut: 0, gate: 0.5 });
		return { first, images: told.images };
	});
	const images = parts.flatMap(({ first, images }) =>
		Array.from({ length: images }, (_, i) => first + i)
	);
	expect(images.sort((a, b) => a - b)).toEqual(Array.from({ length: 33 }, (_, i) => i));
	expect(calls.filter(({ by }) => by === 'helper')).toHaveLength(2);
});

it('divides the gradient of a kernel by slices of the batch', () => {
	const { kernels, calls } = teamOf(1);
	const sizes = { channelsIn: 16, channelsOut: 8, images: 5, rows: 32, columns: 32, tapCount: 9 };
	const given = { x: 64, dw: 4096, ...sizes, number: 1, slices: 2, slice: 3, dwSlice: 512 };
	kernels.convKernelGrad(...values('convKernelGrad', given));
	const expected = [1, 2].map((number) =>
		values('convKernelGrad', { ...given, number, slices: 1 })
	);
	expect(calls.map(({ args }) => args)).toEqual(expected);
});

it('does alone what is too small, what cannot be divided, and everything if no helper starts', () => {
	const { kernels, calls } = teamOf(0);
	const small = values('clear', { ...MAP, z: 64, images: 40, columns: 1, rows: 8 });
	kernels.clear(...small);
	kernels.norm(64, 12);
	kernels.clear(...values('clear', { ...MAP, z: 64, images: 40 }));
	expect(calls.slice(0, 2).map(({ args }) => args)).toEqual([small, [64, 12]]);
	const [, , ...parts] = calls;
	expect(parts.every(({ by }) => by === 'caller')).toBe(true);
	expect(parts.reduce((sum, { args }) => sum + args[2], 0)).toBe(40);
});

it('tells when a helper fails within a part, and throws', () => {
	const lost = vi.fn();
	const { team, kernels, breakHelper } = teamOf(1, lost);
	breakHelper();
	const call = () => kernels.clear(...values('clear', { ...MAP, z: 64, images: 40 }));
	expect(call).toThrow('a thread ended');
	expect(lost).toHaveBeenCalledExactlyOnceWith('a thread ended');
	team.dispose();
	expect(started[0].terminate).toHaveBeenCalled();
});

it('has one thread unless the page may share memory', () => {
	expect(threadsFor(4)).toBe(1);
	vi.stubGlobal('crossOriginIsolated', true);
	expect([0, 1, 2, 4, 64].map(threadsFor)).toEqual([1, 1, 2, 4, 8]);
	vi.stubGlobal('SharedArrayBuffer', undefined);
	expect(threadsFor(4)).toBe(1);
});
