/** Addresses of a page inside another one, without the app's frame. */

/** The part of `location` that addresses need. */
type Place = Pick<Location, 'origin' | 'pathname' | 'search' | 'hash'>;

/**
 * The address of an embedded page in the app itself.
 * @param offered the present state of the page as the search part of a link; null if its address has it
 */
export function wholeAddress(
	{ origin, pathname, search, hash }: Place,
	offered: URLSearchParams | null
): string {
	const asked = new URLSearchParams(offered ?? search);
	asked.delete('embed');
	const query = asked.toString();
	return `${origin}${pathname}${query && `?${query}`}${hash}`;
}

/** Markup that shows a link of the app inside another page, without its frame. */
export function embedMarkup(link: string, title: string): string {
	const address = new URL(link);
	address.searchParams.append('embed', '');
	const text = (value: string) =>
		value.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
	return `<iframe src="${text(address.href)}" title="${text(title)}" width="100%" height="480" style="border: 0" allow="fullscreen; cross-origin-isolated"></iframe>`;
}
