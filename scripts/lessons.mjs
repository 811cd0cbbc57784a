// Turns lessons, the text files src/lib/lessons/content/NAME/LANGUAGE.md, into modules when the app is built.
// docs/lessons.md explains how to write them.
import { marked } from 'marked';
import { parse } from 'yaml';
import { glossaryOf, linkTerms } from './help.mjs';

const CONTENT = /\/lessons\/content\/([^/]+)\/([a-z]+)\.md(\?meta)?$/;
/**
 * Fenced blocks that are not code, with their required fields.
 * @type {Record<string, string[]>}
 */
const BLOCKS = {
	figure: ['kind'],
	predict: ['ask', 'options'],
	check: ['ask', 'options']
};

/** Address of the help page relative to a lesson's page. */
const HELP_PAGE = '../../help/';

/** Thrown for an error in a lesson; names the file. */
export class LessonError extends Error {}

/**
 * @param {string} text of a lesson
 * @param {string} file for messages
 * @param {import('./help.mjs').Term[]} terms that the text links to
 * @returns {import('../src/lib/lessons/lesson').Lesson}
 */
export function readLesson(text, file, terms = []) {
	const head = /^---\n([\s\S]*?)\n---\n/.exec(text);
	if (!head) throw new LessonError(`${file}: expected a head between two lines of ---`);
	const meta = yaml(head[1], `${file}, head`);
	need(meta, ['title', 'summary', 'minutes', 'sources'], `${file}, head`);
	/** @type {object[]} */
	const parts = [];
	let scene = 0;
	/** @type {Set<string>} */
	const linked = new Set();
	/** @type {import('marked').Token[]} */
	let run = [];
	const flush = () => {
		// Wide tables scroll sideways, by keyboard too.
		const html = marked
			.parser(run)
			.replaceAll('<table>', '<div class="scroll" tabindex="0"><table>')
			.replaceAll('</table>', '</table></div>');
		if (html.trim()) {
			const linkedHtml = linkTerms(html, terms, linked, HELP_PAGE);
			parts.push({ kind: 'text', scene, html: linkedHtml });
		}
		run = [];
	};
	for (const token of marked.lexer(text.slice(head[0].length))) {
		if (token.type === 'hr') {
			flush();
			scene++;
			continue;
		}
		if (token.type !== 'code') {
			run.push(token);
			continue;
		}
		const kind = String(token.lang);
		const needs = BLOCKS[kind];
		const where = `${file}, block ${kind}`;
		if (!needs) throw new LessonError(`${where}: expected ${Object.keys(BLOCKS).join(', ')}`);
		flush();
		const value = yaml(token.text, where);
		need(value, needs, where);
		if (kind === 'figure') parts.push({ kind, scene, figure: value });
		else parts.push({ kind, scene, ...value });
	}
	flush();
	return { ...meta, parts };
}

/**
 * @param {string} text
 * @param {string} where
 */
function yaml(text, where) {
	try {
		return parse(text);
	} catch (error) {
		throw new LessonError(`${where}: ${/** @type {Error} */ (error).message}`, { cause: error });
	}
}

/**
 * @param {Record<string, unknown> | null} value
 * @param {string[]} keys
 * @param {string} where
 */
function need(value, keys, where) {
	for (const key of keys)
		if (value?.[key] === undefined) throw new LessonError(`${where}: no ${key}`);
}

/** @returns {import('vite').Plugin} */
export function lessons() {
	return {
		name: 'lessons',
		enforce: 'pre',
		transform(text, id) {
			const found = CONTENT.exec(id);
			if (!found) return null;
			const lesson = readLesson(text, `${found[1]}/${found[2]}.md`, glossaryOf(found[2]));
			const { title, summary, minutes } = lesson;
			const value = found[3] ? { title, summary, minutes } : lesson;
			return { code: `export default ${JSON.stringify(value)};`, map: null };
		}
	};
}
