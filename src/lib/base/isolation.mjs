/** The headers of cross-origin isolation, without which browsers let no threads share memory; see `docs/deploy.md`. */
export const ISOLATION = {
	'Cross-Origin-Opener-Policy': 'same-origin',
	'Cross-Origin-Embedder-Policy': 'require-corp'
};
