/**
 * All of a room in one piece, which a page fetches when it has to do with one: as several pieces, each with a little of
 * the lab, it would cut what other pages share into dozens of files.
 */
// What a room opens next; without it, the room would have its own cut through the lab.
import '../lab/FailureNotice.svelte';
import '../lab/RunPanels.svelte';
import '../lab/SessionNotices.svelte';

export { roomInfo } from '$lib/class';
export { default as JoinForm } from './JoinForm.svelte';
export { lead } from './lead.svelte';
export { default as RoomBar } from './RoomBar.svelte';
export { default as TeacherView } from './TeacherView.svelte';
