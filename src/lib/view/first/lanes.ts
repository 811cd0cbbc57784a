/** The lanes of the preset `depths` that the first page uses: this one it only mentions, the others it shows. */
export const SHALLOW_PLAIN = 0;
/** The lanes shown, in the order of the choices: without and with shortcuts. */
export const SHOWN = [1, 3] as const;
