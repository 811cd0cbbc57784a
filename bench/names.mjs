// The names that the command takes and prints.

export const WORKS = /** @type {const} */ ([
	'resnet-20-w8-16x16-b64',
	'resnet-56-w8-16x16-b64',
	'resnet-20-w16-32x32x3-b128'
]);

/** Those measured when none is named: cpu, in plain JavaScript, is the app's last resort only. */
export const DEFAULT_BACKENDS = /** @type {const} */ (['webgpu', 'webgl', 'wasm']);

export const CONTENDERS = /** @type {const} */ (['ours', 'tfjs', 'jax-js', 'pytorch']);
