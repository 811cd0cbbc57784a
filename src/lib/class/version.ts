/** What the server and all pages know of a room before anything else. */

/** Pages and server of different versions do not understand each other. */
export const VERSION = 1;

/** Path of the room's WebSocket and of what `roomInfoSchema` describes, from the app's root. */
export const ROOM_PATH = 'room';
