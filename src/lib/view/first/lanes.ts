/** What the first page shows of the recording of the preset `depths`, at which step it waits and where it ends. */

/** The lane that it only mentions. */
export const SHALLOW_PLAIN = 0;
/** The lanes shown, in the order of the choices: without and with shortcuts. */
export const SHOWN = [1, 3] as const;
/** Step at which the film waits for an answer; up to here the networks are nearly alike, so that it gives none away. */
export const HOLD = 4;
/** Last step of the film; the networks are far apart long before. */
export const LAST = 200;
