/** Addresses of a room: its server, its join page, and the set-ups that it opens for everyone. */
import { asset, resolve } from '$app/paths';
import { readLabLink, sameExperiment, type Experiment } from '$lib/lab';

/** Address of the app's first page, where its server also has the room. */
export const appRoot = (): URL => new URL(resolve('/'), location.href);

/** The full address of a page within the app, such as `lab/?depth=8`. */
export const fullAddress = (address: string): string => new URL(address, appRoot()).href;

/** Absolute address of the data packs, ending with a slash. */
export const dataAddress = (): string => new URL(asset('/data/'), location.href).href;

/** What students open to join. @param root address of the app, ending with a slash */
export const joinAddress = (root: string, code: string): string => `${root}class/?join=${code}`;

/** The address of a page within the app, such as `lab/?depth=8`; null if it is no page that a room can open. */
export function withinApp(link: string): string | null {
	const found = /(?:^|\/)((?:lab|explore|lessons\/[\w-]+)\/(?:\?[^#\s]*)?)(?:#|$)/.exec(
		link.trim()
	);
	return found ? found[1] : null;
}

/** The page of a set-up's address, without what it opens there. */
export const pageOf = (address: string): string => address.split('?')[0];

/** The experiment that a set-up opens in the lab; null for other pages. */
export function experimentOf(address: string): Experiment | null {
	const [page, search = ''] = address.split('?');
	return page === 'lab/' ? readLabLink(search).experiment : null;
}

/** Whether two experiments differ at most in their seed and in what is done while they train. */
export const sameSetup = (one: Experiment, other: Experiment): boolean =>
	sameExperiment(bare(one), bare(other));

const bare = ({ version, lanes, data, recipe, evaluation }: Experiment): Experiment => ({
	...{ version, data, recipe, evaluation },
	lanes: lanes.map((lane) => ({ ...lane, gates: null })),
	preset: '',
	seed: 0
});

/** A set-up whose link gives no seed is trained with another seed on every machine, so that the class sees the spread. */
export function withSeed(address: string, seed: number): string {
	const [page, search] = address.split('?');
	if (page !== 'lab/' || /(^|&)(seed|experiment|recording)=/.test(search ?? '')) return address;
	return `${page}?${search ? `${search}&` : ''}seed=${seed}`;
}
