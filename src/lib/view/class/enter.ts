/**
 * Fetches the room. Pages link the styles of what they themselves import, even where it is not needed yet; the room is
 * imported from here instead, so that only a tab in a room fetches its styles.
 */
export const room = () => import('./room');
