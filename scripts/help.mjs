// Turns the texts of the help page (src/lib/help/) into modules when the app is built, and links glossary terms in lessons.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { marked } from 'marked';
import { parse } from 'yaml';
import { ROOT } from './run.mjs';

const CONTENT = /\/help\/(glossary\/([a-z]+)\.yaml|troubleshooting\/([a-z]+)\.md)$/;

/** @typedef {{id: string, words: string[], text: string}} Term */

/**
 * @param {string} language
 * @returns {Term[]}
 */
export function glossaryOf(language) {
	const file = join(ROOT, 'src/lib/help/glossary', `${language}.yaml`);
	return readGlossary(readFileSync(file, 'utf8'), `glossary/${language}.yaml`);
}

/**
 * @param {string} text
 * @param {string} file for messages
 * @returns {Term[]}
 * @throws {Error} naming the term that is incomplete
 */
export function readGlossary(text, file) {
	/** @type {Term[]} */
	const terms = parse(text);
	for (const { id, words, text } of terms)
		if (!id || !words?.length || !text)
			throw new Error(`${file}, ${id ?? 'a term'}: expected id, words and text`);
	return terms;
}

/**
 * Links the first occurrence of each term, except in headings, table heads, links and code.
 * @param {string} html
 * @param {Term[]} terms
 * @param {Set<string>} linked ids that have been linked before in this text; those linked now are added
 * @param {string} path of the help page from the text's page
 * @returns {string}
 */
export function linkTerms(html, terms, linked, path) {
	const closed = /<(h\d|a|code|th)\b[\s\S]*?<\/\1>|<[^>]*>/g;
	// Longer words first: “gradient norm” is one term.
	const words = terms
		.flatMap(({ id, words, text }) => words.map((word) => ({ id, word, text })))
		.sort((a, b) => b.word.length - a.word.length);
	const byWord = new Map(words.map((each) => [each.word.toLowerCase(), each]));
	// In languages with spaces between words, a term must be a whole word.
	const pattern = words.map(({ word }) =>
		/^[\x20-\x7e]+$/.test(word) ? `(?<![A-Za-z-])${quote(word)}(?![A-Za-z-])` : quote(word)
	);
	const any = new RegExp(pattern.join('|'), 'gi');
	const link = (/** @type {string} */ text) =>
		text.replace(any, (found) => {
			const term = byWord.get(found.toLowerCase());
			if (!term || linked.has(term.id)) return found;
			linked.add(term.id);
			return `<a class="term" href="${path}#${term.id}" title="${escaped(term.text)}">${found}</a>`;
		});
	let result = '';
	let at = 0;
	for (const match of html.matchAll(closed)) {
		result += link(html.slice(at, match.index)) + match[0];
		at = match.index + match[0].length;
	}
	return result + link(html.slice(at));
}

const quote = (/** @type {string} */ text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
const escaped = (/** @type {string} */ text) =>
	text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');

/** @returns {import('vite').Plugin} */
export function help() {
	return {
		name: 'help',
		enforce: 'pre',
		transform(text, id) {
			const found = CONTENT.exec(id);
			if (!found) return null;
			const value = found[2] ? readGlossary(text, found[1]) : marked.parse(text);
			return { code: `export default ${JSON.stringify(value)};`, map: null };
		}
	};
}
