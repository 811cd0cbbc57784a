/** Prints formulas in the languages of the kernels, each term as an expression. */
import { OPTIMISER_RULES, OPTIMISERS, SCALARS, type Scalar } from './optimisers';
import type { Terms } from './terms';

export interface Printer extends Terms<string> {
	/** Declarations of the variables named so far, in order. */
	readonly declared: readonly string[];
}

type Language = Omit<Terms<string>, 'named'> & {
	declare(name: string, value: string): string;
};

function printer({ declare, ...terms }: Language): Printer {
	const declared: string[] = [];
	return {
		...terms,
		declared,
		named(name, value) {
			declared.push(declare(name, value));
			return name;
		}
	};
}

const infix = {
	add: (a: string, b: string) => `(${a} + ${b})`,
	sub: (a: string, b: string) => `(${a} - ${b})`,
	mul: (a: string, b: string) => `(${a} * ${b})`,
	div: (a: string, b: string) => `(${a} / ${b})`,
	exp: (x: string) => `exp(${x})`,
	sqrt: (x: string) => `sqrt(${x})`
};

// Beyond 15, tanh is ±1 in 32 bits, and some drivers' tanh overflows.
const LARGEST = 15;

/** WGSL on numbers or on vectors of four. */
export const wgsl = (type: 'f32' | 'vec4f'): Printer =>
	printer({
		...infix,
		constant: (value) => `${type}(${value})`,
		tanh: (x) => `tanh(clamp(${x}, ${type}(${-LARGEST}), ${type}(${LARGEST})))`,
		below: (a, b, yes, no) => `select(${no}, ${yes}, ${a} < ${b})`,
		declare: (name, value) => `let ${name} = ${value};`
	});

/** GLSL on vectors of four. */
export const glsl = (): Printer =>
	printer({
		...infix,
		constant: (value) => `vec4(${value})`,
		tanh: (x) => `tanh(clamp(${x}, vec4(${-LARGEST}), vec4(${LARGEST})))`,
		below: (a, b, yes, no) => `mix(${no}, ${yes}, lessThan(${a}, ${b}))`,
		declare: (name, value) => `vec4 ${name} = ${value};`
	});

/** AssemblyScript on vectors of four; `exp4` and `tanh4` are those of `wasm/assembly/simd.ts`. */
export const assemblyScript = (): Printer => {
	const constant = (value: number) => `f32x4.splat(${value})`;
	return printer({
		constant,
		add: (a, b) => `f32x4.add(${a}, ${b})`,
		sub: (a, b) => `f32x4.sub(${a}, ${b})`,
		mul: (a, b) => `f32x4.mul(${a}, ${b})`,
		div: (a, b) => `f32x4.div(${a}, ${b})`,
		exp: (x) => `exp4(${x})`,
		sqrt: (x) => `f32x4.sqrt(${x})`,
		tanh: (x) => `tanh4(${x})`,
		// Selecting 0 saves an instruction.
		below(a, b, yes, no) {
			const test = `f32x4.lt(${a}, ${b})`;
			if (yes === constant(0)) return `v128.andnot(${no}, ${test})`;
			if (no === constant(0)) return `v128.and(${yes}, ${test})`;
			return `v128.bitselect(${yes}, ${no}, ${test})`;
		},
		declare: (name, value) => `const ${name} = ${value};`
	});
};

/**
 * Prints the rules of all optimisers as branches of a kernel, in any of the languages. The value is `w`, its gradient
 * `g`.
 * @param scalar prints the access to a scalar of the step
 * @param test prints the test for an optimiser's code
 * @param keep prints the code that stores `newV`, `taken` and, if there is one, `newS`
 */
export function updateBranches(
	language: () => Printer,
	scalar: (name: Scalar) => string,
	test: (code: number) => string,
	keep: (squares: boolean) => string,
	state = { v: 'v', s: 's' }
): string {
	const scalars = Object.fromEntries(SCALARS.map((name) => [name, scalar(name)]));
	const operands = { w: 'w', g: 'g', ...state, ...(scalars as Record<Scalar, string>) };
	return OPTIMISERS.map((name, code) => {
		const m = language();
		const { v, s, change } = OPTIMISER_RULES[name].update(m, operands);
		// Name all results before storing any, because a stored one may overwrite an operand.
		m.named('newV', v);
		if (s !== undefined) m.named('newS', s);
		m.named('taken', change);
		return `if (${test(code)}) {\n${m.declared.join('\n')}\n${keep(s !== undefined)}\n}`;
	}).join(' else ');
}

/** Applies a template to 0, 1, … count − 1 and joins the texts. */
export function each(count: number, text: (i: number) => string): string {
	return Array.from({ length: count }, (_, i) => text(i)).join('\n');
}
