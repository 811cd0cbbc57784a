/**
 * Reads addresses as people hand them over: mail programs, chats, learning platforms, scanners and input methods escape,
 * wrap and punctuate them. All pages read addresses and names through this file.
 */
import { distance } from 'fastest-levenshtein';

export interface Parameter {
	/** In lower case. */
	readonly key: string;
	/** As written, without blanks and punctuation around it; empty if the address gives none. */
	readonly value: string;
}

/** Some programs escape an address that another one has escaped before. */
const MOST_ESCAPES = 4;
const LINE_BREAK = /\s*[\r\n\u2028\u2029][\s>|]*/g;
/** Soft hyphens, zero-width characters, marks of direction, control characters. */
const INVISIBLE = /[\p{Default_Ignorable_Code_Point}\p{Cf}\p{Cc}]/gu;
/** All dashes, the minus sign, and the long vowel mark that Japanese keyboards have in the hyphen's place. */
const DASH = /[\p{Pd}\u2212\u30fc]/gu;
const ENTITIES: Readonly<Record<string, string>> = {
	...{ amp: '&', quot: '"', apos: "'", lt: '<', gt: '>', nbsp: ' ', shy: '', lang: '&lang' }
};

/** A text without escapes, invisible characters and line breaks; full-width characters and dashes in their ASCII form. */
export function plainText(text: string): string {
	let plain = withoutBreaks(fromQuotedPrintable(text));
	for (let i = 0; i < MOST_ESCAPES; i++) {
		const before = plain;
		plain = withoutBreaks(withoutEntities(withoutPercents(plain)).normalize('NFKC'));
		if (plain === before) break;
	}
	return plain.replace(DASH, '-').replaceAll('×', 'x');
}

const withoutBreaks = (text: string) => text.replace(LINE_BREAK, '').replace(INVISIBLE, '');

/** Decodes `=3D` and soft line breaks if every `=` is written so: mail in the encoding quoted-printable, undecoded. */
function fromQuotedPrintable(text: string): string {
	if (!/=3D/i.test(text) || /=(?!3D|\r?\n)/i.test(text)) return text;
	return text.replace(/=\r?\n/g, '').replace(/=3D/gi, '=');
}

function withoutPercents(text: string): string {
	return text.replace(/(?:%[0-9a-f]{2})+/gi, (bytes) =>
		new TextDecoder().decode(
			Uint8Array.from(bytes.slice(1).split('%'), (byte) => Number.parseInt(byte, 16))
		)
	);
}

function withoutEntities(text: string): string {
	return (
		text
			.replace(/&(?:amp;?)+/gi, '&')
			// What programs make of `&lang=`, the entity of an angle bracket.
			.replace(/[\u2329\u27e8\u3008](?==)/g, '&lang')
			.replace(/&#(?:x([0-9a-f]{1,6})|(\d{1,7}));/gi, (_, hex: string, digits: string) => {
				const code = hex ? Number.parseInt(hex, 16) : Number(digits);
				return code <= 0x10ffff ? String.fromCodePoint(code) : '';
			})
			.replace(/&([a-z]+);/gi, (entity, name: string) => ENTITIES[name.toLowerCase()] ?? entity)
	);
}

/**
 * Reads the search part of an address, with or without its question mark, in order. A second `?` and `;` separate
 * parameters like `&`, so the options of a network's name become parameters of their own.
 */
export function readParameters(search: string): Parameter[] {
	const [query] = plainText(search).split('#');
	return query.split(/[?&;]/).flatMap((part) => {
		const [name, ...rest] = part.replaceAll('+', ' ').split('=');
		const key = fold(trimmed(name)).replaceAll(' ', '');
		// What is left of a doubled `&amp;`.
		return key === '' || key === 'amp' ? [] : { key, value: trimmed(rest.join('=')) };
	});
}

/**
 * The relative address of the page that a path means, where it has capitals, punctuation at its end, or an escaped
 * question mark: `Lab/）` is `lab/`, `lab/%3Fdepth=8` is `lab/?depth=8`.
 * @param path from the app's root, without a slash at its beginning
 * @param pages paths of the pages without slashes around them; '' is the page at the root
 * @returns null if it means none
 */
export function pageMeant(path: string, pages: readonly string[]): string | null {
	const [, names, search] = /^([^?&;#]*)[?&;#]*(.*)$/s.exec(plainText(path)) ?? ['', '', ''];
	const wanted = names.split('/').map(fold).map(trimmed).filter(Boolean).join('/');
	const page = pages.find((name) => name === wanted);
	if (page === undefined) return null;
	return `${page === '' ? '.' : page}/${search && `?${encodeURI(search)}`}`;
}

/** Without blanks, quotes, brackets and other punctuation around it. */
const trimmed = (text: string) =>
	text
		.replace(/\s+/g, ' ')
		.replace(/^(?:[^\p{L}\p{N}_.-]|\.(?!\d))+/u, '')
		.replace(/[^\p{L}\p{N}_-]+$/u, '');

/** In lower case, without accents; capitals of any language's keyboard give the same letters. */
export const fold = (text: string): string =>
	text
		.normalize('NFKD')
		.replace(/\p{M}/gu, '')
		.toLowerCase()
		.replaceAll('ı', 'i')
		.normalize('NFKC');

/** Only the letters and digits of a name, folded: `ResNet-34`, `resnet 34` and `Resnet_34` are one. */
export const compact = (name: string): string =>
	fold(plainText(name)).replace(/[^\p{L}\p{N}]/gu, '');

/** The name that a text means, whatever its case, blanks and punctuation; undefined if there is none. */
export function nameMeant<T extends string>(text: string, names: readonly T[]): T | undefined {
	const wanted = compact(text);
	return names.find((name) => compact(name) === wanted);
}

/** The name that a text most likely misspells, or null if none is close. */
export function nearestName(text: string, names: readonly string[]): string | null {
	const wanted = compact(text);
	const [nearest] = names
		.map((name) => {
			const letters = compact(name);
			const begins = wanted.length > 2 && letters.startsWith(wanted);
			return { name, letters: begins ? 1 : distance(wanted, letters) };
		})
		.sort((a, b) => a.letters - b.letters);
	return nearest && nearest.letters <= Math.ceil(wanted.length / 3) ? nearest.name : null;
}

/** Parameters that mail, social networks, search engines and chats add for statistics of their own. */
const TRACKING = new RegExp(
	`^(?:${[
		'(?:utm|mc|pk|mtm|piwik|matomo|hsa|vero|oly|ga|gad|itm|trk|ns|weibo)_.+|_(?:hs|ga|gl|ke|bta|openstat|branch).*',
		'fbclid|gclid|gclsrc|dclid|[gw]braid|msclkid|twclid|ttclid|yclid|ysclid|li_fat_id|rdt_cid|sccid|irclickid|epik',
		'igshid?|igsh|mkt_tok|spm|scm|si|ref|ref_src|ref_url|referrer|source|usp|authuser|hsctatracking|cmpid|cid',
		'from|scene|srcid|isappinstalled|nsukey|sharer?_?.*|bbid|timestamp|forceview|ck_subscriber_id|s_kwcid|ef_id'
	].join('|')})$`
);

/** Whether a parameter only says who came from where. @param key folded */
export const isTracking = (key: string): boolean => TRACKING.test(key);
