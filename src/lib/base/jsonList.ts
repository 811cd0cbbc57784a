/**
 * Splits a JSON object that arrives in pieces into the elements of one of its lists and all the rest, so that a file of
 * any size is read with little memory. It only counts brackets: the caller parses the parts.
 */

/** Thrown when an element of the list, or all the rest, is longer than allowed. */
export class LongPartError extends Error {
	override readonly name = 'LongPartError';
}

/** Where the text that was read so far ends. */
export type JsonEnd = 'before' | 'inside' | 'behind';

// What matters next, by where the present position is. `test` with these is many times faster than a loop over characters.
const OUTSIDE = /[^\s\0\ufeff]/g;
const IN_STRING = /["\\]/g;
/** At the top of the object and among the elements of the list. */
const SHALLOW = /["[\]{},:]/g;
const DEEP = /["[\]{}]/g;

export class JsonListReader {
	/** The object without the list's elements, as far as it has been read. */
	rest = '';
	/** What follows the object, if anything does: its first character. */
	behind = '';
	#depth = 0;
	#started = false;
	#inString = false;
	#escaped = false;
	/** The latest string at depth 1, with its quotes: a key if a colon follows. */
	#string = '';
	#isKey = false;
	/** Whether the present position is in the list. */
	#inList = false;
	#found = false;
	#count = 0;
	/** The present element, as far as it has been read. */
	#element = '';

	/**
	 * @param list key of the list, at the top of the object
	 * @param onElement receives each element's text
	 * @param longest most characters of an element, and of all the rest
	 */
	constructor(
		readonly list: string,
		readonly onElement: (text: string) => void,
		readonly longest: number
	) {}

	get end(): JsonEnd {
		return this.#depth > 0 ? 'inside' : this.#started ? 'behind' : 'before';
	}

	/** Whether the object has the list. */
	get found(): boolean {
		return this.#found;
	}

	/** @throws LongPartError, and what `onElement` throws */
	push(text: string): void {
		/** Start of what has not been taken yet: of the present element or of the rest. */
		let start = 0;
		/** Start of the present string at depth 1. */
		let string = 0;
		let next = 0;
		if (text && this.#escaped) {
			next = 1;
			this.#escaped = false;
		}
		while (next < text.length) {
			const mark = this.#inString
				? IN_STRING
				: this.#depth > 2
					? DEEP
					: this.#depth
						? SHALLOW
						: OUTSIDE;
			mark.lastIndex = next;
			if (!mark.test(text)) break;
			next = mark.lastIndex;
			const i = next - 1;
			const found = text[i];
			if (this.#inString) {
				if (found === '\\') {
					this.#escaped = next === text.length;
					next++;
				} else {
					this.#inString = false;
					if (this.#depth === 1) this.#string += text.slice(string, next);
				}
				continue;
			}
			if (this.#depth === 0) {
				if (this.#started) {
					this.behind ||= found;
					return;
				}
				this.#started = true;
				start = i;
			}
			switch (found) {
				case '"':
					this.#inString = true;
					this.#string = '';
					string = i;
					break;
				case ':':
					if (this.#depth === 1) this.#isKey = this.#string === `"${this.list}"`;
					break;
				case ',':
					this.#isKey = false;
					if (!this.#inList || this.#depth !== 2) break;
					this.#give(text.slice(start, i));
					start = next;
					break;
				case '{':
				case '[':
					this.#depth++;
					if (this.#depth !== 2 || !this.#isKey || found !== '[') break;
					this.rest += text.slice(start, next);
					start = next;
					this.#inList = this.#found = true;
					break;
				case '}':
				case ']':
					if (this.#inList && this.#depth === 2) {
						const last = text.slice(start, i);
						if (this.#count || (this.#element + last).trim()) this.#give(last);
						this.#inList = false;
						start = i;
					}
					this.#depth--;
					if (this.#depth) break;
					this.rest += text.slice(start, next);
					start = text.length;
			}
		}
		if (this.#inString && this.#depth === 1) this.#string += text.slice(string);
		if (this.#depth === 0) return;
		if (this.#inList) this.#element += text.slice(start);
		else this.rest += text.slice(start);
		if (Math.max(this.#element.length, this.rest.length) > this.longest) throw new LongPartError();
	}

	#give(end: string): void {
		const text = this.#element + end;
		this.#element = '';
		this.#count++;
		this.onElement(text);
	}
}
