/** The formulas as AssemblyScript: `scripts/kernels.mjs` compiles the text as `wasm/assembly/formulas.ts`. */
import { ACTIVATION_FORMULAS, activationCode } from './activations';
import { SCALARS } from './optimisers';
import { assemblyScript, updateBranches } from './print';
import type { Activation } from '$lib/network';

export function formulas(): string {
	const kinds = Object.keys(ACTIVATION_FORMULAS) as Activation[];
	const choose = (text: (kind: Activation) => string) =>
		kinds.map((kind) => `if (kind == ${activationCode(kind)}) return ${text(kind)};`).join('\n');
	const m = assemblyScript();
	return `import { exp4, tanh4 } from './simd';

export function activate(x: v128, kind: i32): v128 {
${choose((kind) => ACTIVATION_FORMULAS[kind].value(m, 'x'))}
return x;
}

export function activateGrad(dy: v128, y: v128, kind: i32): v128 {
${choose((kind) => ACTIVATION_FORMULAS[kind].gradient(m, 'dy', 'y'))}
return dy;
}

export function optimise(
code: i32, w: v128, g: v128, velocities: usize, squares: usize,
${SCALARS.map((name) => `${name}: v128`).join(', ')}
): v128 {
${updateBranches(
	assemblyScript,
	(name) => name,
	(code) => `code == ${code}`,
	(squares) =>
		`v128.store(velocities, newV);${squares ? ' v128.store(squares, newS);' : ''} return taken;`,
	{ v: 'v128.load(velocities)', s: 'v128.load(squares)' }
)}
return f32x4.splat(0);
}
`;
}
