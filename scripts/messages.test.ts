/**
 * Checks the texts of the app: each exists in every language with the same parameters, is called with exactly these, is
 * used, and serves only one purpose.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { ROOT } from './run.mjs';

/** A text, or one with plural forms: see docs/lessons.md. */
type Text = string | { declarations: string[]; match: Record<string, string> }[];

const languages = readdirSync(join(ROOT, 'messages')).map((file) => {
	const source = readFileSync(join(ROOT, 'messages', file), 'utf8');
	return { file, source, texts: JSON.parse(source) as Record<string, Text> };
});
const english = languages.find(({ file }) => file === 'en.json')!;
const keysOf = (texts: Record<string, Text>) => Object.keys(texts).filter((key) => key[0] !== '$');

/** The parameters of a text. */
function parametersOf(text: Text): string[] {
	if (typeof text === 'string')
		return [...new Set([...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name))].sort();
	const [{ declarations }] = text;
	return declarations.flatMap((line) => /^input (\w+)$/.exec(line)?.[1] ?? []).sort();
}

const sources = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
	.filter((path) => /\.(svelte|ts)$/.test(path) && !/paraglide|\.test\.ts$/.test(path))
	.map((path) => ({
		path: path.replaceAll('\\', '/'),
		text: readFileSync(join(ROOT, 'src', path), 'utf8')
	}))
	.filter(({ text }) => text.includes('paraglide/messages'));

/** Every use of a text: its key and, if it is called there, the arguments between the parentheses. */
const said = sources.flatMap(({ path, text }) =>
	[...text.matchAll(/\bm\.(\w+)(\()?/g)].map((found) => ({
		path,
		key: found[1],
		given: found[2] ? withinParentheses(text, found.index + found[0].length) : null
	}))
);

function withinParentheses(text: string, from: number): string {
	let depth = 1;
	let to = from;
	while (depth > 0) {
		if (text[to] === '(') depth++;
		if (text[to] === ')') depth--;
		to++;
	}
	return text.slice(from, to - 1).trim();
}

/** Names and values in `{ a, b: c }`; null if the source does not show them, as for a variable. */
function membersOf(given: string): { name: string; value: string }[] | null {
	const file = ts.createSourceFile('given.ts', `(${given})`, ts.ScriptTarget.Latest, true);
	const [statement] = file.statements;
	const inner =
		ts.isExpressionStatement(statement) && ts.isParenthesizedExpression(statement.expression)
			? statement.expression.expression
			: null;
	if (!inner || !ts.isObjectLiteralExpression(inner)) return null;
	const members = inner.properties.map((property) =>
		ts.isPropertyAssignment(property) || ts.isShorthandPropertyAssignment(property)
			? {
					name: property.name.getText(),
					value: ts.isPropertyAssignment(property) ? property.initializer.getText() : ''
				}
			: null
	);
	return members.every((member) => member !== null) ? members : null;
}

/** Texts used in several files with the same meaning. Before you add one, check that it means the same everywhere. */
const SAID_IN_SEVERAL_FILES = `
app_description app_title axis_step batch cancel close compare_depth compared_network curves_label data_which depth
explore_layers explore_macs explore_parameters export_label export_png export_svg export_title film_at findings_none
findings_title graph_shortcuts_label inside_class inside_test_image inside_true key_run keys_title kind_activation
kind_dropout lab_export landscape_title lanes_label layer_parameters layer_shape layer_title learning_rate legend_shortcut
lesson_check lesson_minutes lesson_predict lesson_worksheet momentum nav_class nav_explore nav_help nav_lab nav_lessons
no_script norm_layer one_step optimiser outcome_stopped pause photo_activation_label photo_activation_none predict_chart
predict_draw predict_label present_stop probe_gradient profile_title read_macs read_output read_parameters read_penalty remove
replay_badge report_print report_title room_axis_first room_axis_none room_axis_second room_members room_of room_students
room_sweep room_sweep_many rounding_away runs_continue runs_continue_copy runs_title save_record seed settings share_title
slow_column slow_row start_layer start_measure start_ratio start_title status_backend_start step_counter store_cleared
sweep_seed_count sweep_seeds sweep_steps sweep_title sweep_training tabs_label test_error_now tour_next tour_previous
training_error_now undo weight_decay why_not_ready why_untrained width
`
	.trim()
	.split(/\s+/);

it.each(languages)('$file has every text of en.json, with its parameters', ({ texts }) => {
	expect(keysOf(texts).sort()).toEqual(keysOf(english.texts).sort());
	for (const key of keysOf(texts))
		expect(parametersOf(texts[key]), key).toEqual(parametersOf(english.texts[key]));
});

// A second text with the same key would silently replace the first.
it.each(languages)('$file gives every key once', ({ source }) => {
	const keys = [...source.matchAll(/^\t"(\w+)":/gm)].map(([, key]) => key);
	expect(keys.filter((key, i) => keys.indexOf(key) !== i)).toEqual([]);
});

describe('where texts are said', () => {
	it('none is unused', () => {
		const used = new Set(said.map(({ key }) => key));
		expect(keysOf(english.texts).filter((key) => !used.has(key))).toEqual([]);
	});

	it('each is given its parameters and no others', () => {
		const wrong = said.flatMap(({ path, key, given }) => {
			const wanted = parametersOf(english.texts[key] ?? '');
			if (given === null || (given === '' && !wanted.length)) return [];
			const got = given === '' ? [] : membersOf(given)?.map(({ name }) => name);
			// A value that is handed on is checked by its type, unless the text takes nothing: that takes anything.
			if (got === undefined && wanted.length) return [];
			return got && String(got.sort()) === String(wanted)
				? []
				: [`${path}: ${key}(${got ?? given}), expected (${wanted})`];
		});
		expect(wrong).toEqual([]);
	});

	it('a technical detail is given without its full stop: the sentence has its own', () => {
		const wrong = said.flatMap(({ path, key, given }) =>
			(membersOf(given || '0') ?? [])
				.filter(({ name, value }) => name === 'detail' && !value.startsWith('formatDetail('))
				.map(({ value }) => `${path}: ${key}, detail: ${value}`)
		);
		expect(wrong).toEqual([]);
	});

	it('none is said for two purposes', () => {
		const files = new Map<string, Set<string>>();
		for (const { key, path } of said) files.set(key, (files.get(key) ?? new Set()).add(path));
		const shared = [...files].filter(([, paths]) => paths.size > 1).map(([key]) => key);
		expect(shared.sort()).toEqual(SAID_IN_SEVERAL_FILES);
	});
});
