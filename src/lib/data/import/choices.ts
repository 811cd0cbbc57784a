/** What the user may choose of a set that is imported. Light, because the page loads it too. */
import type { Background, Turn } from './raster';

/** What the user may choose; null where the files decide. */
export interface Choices {
	/** Name of a labelling. */
	readonly labelling: string | null;
	/** Name of the set, where files hold several. */
	readonly set: string | null;
	readonly side: number | null;
	readonly channels: 1 | 3 | null;
	readonly fit: 'cut' | 'pad' | null;
	readonly background: Background;
	readonly turn: Turn | null;
}
export const NO_CHOICES: Choices = {
	labelling: null,
	set: null,
	side: null,
	channels: null,
	fit: null,
	background: 'white',
	turn: null
};
