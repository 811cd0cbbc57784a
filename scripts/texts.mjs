// Compiles `messages/` to code, which is not part of the checkout; a build does the same by itself.
import { runTool } from './run.mjs';

const PARAGLIDE = [
	'compile',
	'--project',
	'./project.inlang',
	'--outdir',
	'./src/lib/paraglide',
	'--emit-ts-declarations',
	'--strategy',
	'baseLocale'
];

export const compileTexts = () =>
	runTool('@inlang/paraglide-js', PARAGLIDE, { command: 'paraglide-js', quiet: true });
