/** The lessons as a room needs them; the page passes them in, because texts of lessons lie above what is drawn. */

export interface LessonEntry {
	/** Its folder: `04-degradation`. */
	readonly name: string;
	readonly title: string;
}

/** A question that a lesson asks, as plain text. */
export interface LessonQuestion {
	readonly text: string;
	readonly choices: readonly string[];
}
