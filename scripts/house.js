// The order of the folders under src/ as lint rules: who may import whom, and who may touch the DOM and tfjs.

/**
 * Each folder under `src/lib` with the folders it may import. `routes` may import all of them.
 * @type {Record<string, string[]>}
 */
export const house = {
	base: [],
	network: ['base'],
	data: ['base'],
	engine: ['data', 'network', 'base'],
	lab: ['engine', 'data', 'network', 'base'],
	export: ['lab', 'engine', 'data', 'network', 'base'],
	class: ['lab', 'network', 'base'],
	classify: ['export', 'lab', 'engine', 'data', 'network', 'base'],
	view: ['classify', 'class', 'export', 'lab', 'network', 'base', 'paraglide'],
	help: ['view', 'paraglide'],
	lessons: ['view', 'lab', 'network', 'base', 'paraglide']
};

/**
 * The floors of `src/lib/lab`, from the ground up: a folder may import those before it. `studies` contains values; only
 * the worker may import the measurements (`studies/NAME/measure.ts`).
 */
const labFloors = ['studies', 'experiment', 'record', 'store', 'findings', 'worker', 'session'];

/** The worker's side of the lab. Only it may load the engine, so that no page does. */
const workerSide = [
	'src/lib/lab/worker/**',
	'src/lib/lab/studies/*/measure.ts',
	'src/lib/lab/studies/measure*.ts'
];

/** The worker's side of `classify`. */
const classifyWorker = ['src/lib/classify/worker.ts', 'src/lib/classify/classifier.ts'];

const folders = [...Object.keys(house), 'paraglide'];
const DOM_GLOBALS = ['window', 'document', 'navigator', 'localStorage', 'HTMLElement', 'Image'];
const DOM_FREE = ['network', 'data'];

/** Without the slash, a visitor is redirected, and the address that the page writes later differs. */
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

/**
 * @param {string} folder under `src/lib`
 * @returns {{regex: string, message: string}[]}
 */
function downTheHouse(folder) {
	const allowed = house[folder];
	const above = folders.filter((name) => name !== folder && !allowed.includes(name));
	const names = `(${above.join('|')})(/|$)`;
	const message = `src/lib/${folder} may import only ${allowed.join(', ') || 'nothing'} of src/lib: imports go down the house, never up.`;
	return [
		{ regex: `^\\$lib/${names}`, message },
		{ regex: `^(\\.\\./)+(lib/)?${names}`, message },
		{ regex: '^(\\.\\./)+routes/', message },
		...(folder === 'engine' ? [] : [noTfjs])
	];
}

/** Everyone may import the engine's types and names; only the worker loads the code that computes. */
const noEngine = [
	{
		regex: '^\\$lib/engine(/(?!engine$)|$)',
		message: 'Of the engine only its types ($lib/engine/engine) go outside the training worker.'
	},
	{
		regex: '(^|/)(measures?|worker/(?!((?:protocol|gathered)$|worker\\?)).*)$',
		message: 'What measures with the engine is loaded in the training worker alone.'
	}
];

/** @type {import('typescript-eslint').ConfigWithExtends[]} */
const perFolder = Object.keys(house).map((folder) => ({
	files: [`src/lib/${folder}/**`],
	rules: {
		...forbid([
			...downTheHouse(folder),
			...(['class', 'view', 'help', 'lessons'].includes(folder) ? noEngine : [])
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
}));

/** @type {import('typescript-eslint').ConfigWithExtends[]} */
const perLabFloor = labFloors.flatMap((floor, i) => {
	const above = labFloors.slice(i + 1).join('|');
	const up = above && {
		regex: `^(\\.\\./)+(${above})/`,
		message: `src/lib/lab/${floor} may not import ${above.replaceAll('|', ', ')}: the floors of the lab are in scripts/house.js.`
	};
	const rules = [...downTheHouse('lab'), ...(up ? [up] : [])];
	const files = [`src/lib/lab/${floor}/**`];
	return [
		{ files, ignores: ['**/*.test.ts', ...workerSide], rules: forbid([...rules, ...noEngine]) },
		{
			files: workerSide.filter((file) => file.startsWith(`src/lib/lab/${floor}/`)),
			rules: forbid(rules)
		}
	].filter(({ files }) => files.length);
});

export const houseRules = [
	{ files: ['src/**', 'e2e/**', 'server/**'], rules: forbid([noTfjs]) },
	{
		files: ['scripts/**'],
		rules: forbid([
			noTfjs,
			{ regex: '^\\.\\./server/', message: 'The server uses scripts, never the other way round.' }
		])
	},
	...perFolder,
	...perLabFloor,
	{ files: ['src/lib/lab/*.ts'], rules: forbid([...downTheHouse('lab'), ...noEngine]) },
	{
		files: ['src/lib/classify/**'],
		ignores: ['**/*.test.ts', ...classifyWorker],
		rules: forbid([...downTheHouse('classify'), ...noEngine])
	},
	{ files: ['src/routes/**'], rules: forbid([noTfjs, ...noEngine]) }
];
