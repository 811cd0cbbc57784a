import { afterEach, describe, expect, it, vi } from 'vitest';
import { chromiumLaunch, findChromium } from './browser.mjs';

afterEach(() => vi.unstubAllEnvs());

describe('CHROMIUM_PATH', () => {
	it('is taken before any other', () => {
		vi.stubEnv('CHROMIUM_PATH', process.execPath);
		expect(findChromium()).toBe(process.execPath);
		expect(chromiumLaunch().executablePath).toBe(process.execPath);
	});

	it('is named when it is wrong, but a configuration can still be read', () => {
		vi.stubEnv('CHROMIUM_PATH', '/nowhere/chromium');
		expect(findChromium).toThrow(/CHROMIUM_PATH is \/nowhere\/chromium/);
		expect(() => chromiumLaunch()).not.toThrow();
	});
});

it('launches with WebGPU on the software adapter', () => {
	vi.stubEnv('CHROMIUM_PATH', '');
	expect(chromiumLaunch().args).toContain('--use-webgpu-adapter=swiftshader');
});

it('launches without the software adapter where a graphics card is asked for', () => {
	vi.stubEnv('CHROMIUM_PATH', '');
	const { args, ignoreDefaultArgs } = chromiumLaunch({ gpu: true });
	expect(args.filter((arg) => arg.includes('swiftshader'))).toEqual([]);
	expect(ignoreDefaultArgs).toContain('--enable-unsafe-swiftshader');
});
