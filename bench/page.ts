/** Runs in the browser for `run.mjs`: starts contenders, steps them, and counts the kernels that a step launches. */
import * as tf from '@tensorflow/tfjs-core';
import { openBackend, type BackendName } from '$lib/engine';
import type { Contender, Start } from './contender';
import { startOurs } from './ours';
import { startTape } from './tape';
import { workOf } from './works';

const STARTS: Record<string, Start> = { ours: startOurs, tfjs: startTape };

const running = new Map<string, Contender>();
let launches = 0;

/** Adds a count to every method of the given names. */
function count(prototype: object, names: readonly string[]): void {
	const methods = prototype as Record<string, (...args: unknown[]) => unknown>;
	for (const name of names) {
		const original = methods[name];
		methods[name] = function (this: unknown, ...args: unknown[]) {
			launches++;
			return original.apply(this, args);
		};
	}
}

if (typeof GPUComputePassEncoder !== 'undefined')
	count(GPUComputePassEncoder.prototype, ['dispatchWorkgroups', 'dispatchWorkgroupsIndirect']);
if (typeof WebGL2RenderingContext !== 'undefined')
	count(WebGL2RenderingContext.prototype, ['drawArrays', 'drawElements']);

/** Puts the page on a backend; returns what the device says it is, or throws with the reason. */
async function open(backend: BackendName): Promise<string> {
	const reason = await openBackend(backend);
	if (reason) throw new Error(`${backend}: ${reason.code}`);
	if (backend !== 'webgpu') return '';
	const info = (await navigator.gpu.requestAdapter())?.info;
	return info ? [info.vendor, info.architecture, info.description].filter(Boolean).join(' ') : '';
}

/** Starts a contender and makes its first three steps; returns their losses. */
async function start(contender: string, work: string, backend: BackendName): Promise<number[]> {
	const started = await STARTS[contender](workOf(work), backend);
	running.set(contender, started);
	const losses: number[] = [];
	for (let i = 0; i < 3; i++) losses.push(await started.step());
	return losses;
}

/** Milliseconds of one more step. */
async function time(contender: string): Promise<number> {
	const started = performance.now();
	await running.get(contender)!.step();
	return performance.now() - started;
}

/** Kernels that one more step launches on the device; null where that is not seen from outside. */
async function launchesOf(contender: string, backend: BackendName): Promise<number | null> {
	const step = () => running.get(contender)!.step();
	if (backend === 'webgpu' || backend === 'webgl') {
		launches = 0;
		await step();
		return launches;
	}
	if (contender === 'ours') return null;
	let kernels = 0;
	const engine = tf.engine();
	const original = engine.runKernel;
	engine.runKernel = function (...args) {
		kernels++;
		return original.apply(this, args) as ReturnType<typeof original>;
	} as typeof original;
	try {
		await step();
	} finally {
		engine.runKernel = original;
	}
	return kernels;
}

function stop(contender: string): void {
	running.get(contender)?.dispose();
	running.delete(contender);
}

Object.assign(globalThis, { open, start, time, launchesOf, stop });
