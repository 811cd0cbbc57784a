// The names that the benchmark accepts and prints.

export const WORKS = /** @type {const} */ ([
	'resnet-20-w8-16x16-b64',
	'resnet-56-w8-16x16-b64',
	'resnet-20-w16-32x32x3-b128'
]);

/** Backends measured by default; cpu, in plain JavaScript, is only the app's last resort. */
export const DEFAULT_BACKENDS = /** @type {const} */ (['webgpu', 'webgl', 'wasm']);

/** `alone` is our engine on one thread, on wasm. */
export const CONTENDERS = /** @type {const} */ (['ours', 'alone', 'tfjs', 'jax-js', 'pytorch']);
