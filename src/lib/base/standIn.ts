/** What servers and Git hand out in place of a file: pages to sign in on, errors, pointers to where the file is. */

export type StandIn = 'web-page' | 'git-lfs';

/** @param start the beginning of the file as text, in UTF-8 or Latin-1; null if it is none of them */
export function standInOf(start: string): StandIn | null {
	const text = start.replace(/^(\ufeff|\xef\xbb\xbf)?\s*/, '');
	if (text.startsWith('version https://git-lfs')) return 'git-lfs';
	return /^<(!doctype|html|head|body|!--|\?xml)/i.test(text) ? 'web-page' : null;
}
