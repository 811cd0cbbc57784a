// The order of the folders under src/ as lint rules: who may import whom, and who may touch the DOM and tfjs.

/**
 * Each folder under `src/lib` with the folders it may import. `routes` may import all of them.
 * @type {Record<string, string[]>}
 */
export const house = {
	network: [],
	data: [],
	engine: ['data', 'network'],
	lab: ['engine', 'data', 'network'],
	export: ['lab', 'engine', 'data', 'network'],
	view: ['export', 'lab', 'network', 'paraglide'],
	help: ['view', 'paraglide'],
	lessons: ['view', 'lab', 'network', 'paraglide']
};

const folders = [...Object.keys(house), 'paraglide'];
const DOM_GLOBALS = ['window', 'document', 'navigator', 'localStorage', 'HTMLElement', 'Image'];
const DOM_FREE = ['network', 'data'];

/** Without the slash a visitor takes the way over a redirect, and an address that is written later is another one. */
const pagesEndWithSlash = [
	'Literal[value=/^\\/.*[^/]$/]',
	'TemplateElement[tail=true][value.raw=/[^/]$/]'
].map((end) => ({
	selector: `CallExpression[callee.name="resolve"] ${end}`,
	message: 'The address of a page ends with a slash: resolve(`/lab/`).'
}));

/**
 * Forbids both `import … from` and `import(…)` of sources that match `regex`.
 * @param {{regex: string, message: string}[]} patterns
 * @returns {import('typescript-eslint').ConfigWithExtends['rules']}
 */
function forbid(patterns) {
	return {
		'no-restricted-imports': ['error', { patterns }],
		'no-restricted-syntax': [
			'error',
			...pagesEndWithSlash,
			...patterns.map(({ regex, message }) => ({
				selector: `ImportExpression > Literal[value=/${regex.replaceAll('/', '\\/')}/]`,
				message
			}))
		]
	};
}

const noTfjs = {
	regex: '^@tensorflow/',
	message: 'tfjs is imported in src/lib/engine and nowhere else.'
};

/** @type {import('typescript-eslint').ConfigWithExtends[]} */
const perFolder = Object.entries(house).map(([folder, allowed]) => {
	const above = folders.filter((name) => name !== folder && !allowed.includes(name));
	const names = `(${above.join('|')})(/|$)`;
	const message = `src/lib/${folder} may import only ${allowed.join(', ') || 'nothing'} of src/lib: imports go down the house, never up.`;
	return {
		files: [`src/lib/${folder}/**`],
		rules: {
			...forbid([
				{ regex: `^\\$lib/${names}`, message },
				{ regex: `^(\\.\\./)+(lib/)?${names}`, message },
				{ regex: '^(\\.\\./)+routes/', message },
				...(folder === 'engine' ? [] : [noTfjs])
			]),
			...(DOM_FREE.includes(folder)
				? {
						'no-restricted-globals': [
							'error',
							...DOM_GLOBALS.map((name) => ({
								name,
								message: `src/lib/${folder} runs without a DOM.`
							}))
						]
					}
				: {})
		}
	};
});

export const houseRules = [
	{ files: ['src/**', 'e2e/**', 'scripts/**'], rules: forbid([noTfjs]) },
	...perFolder
];
