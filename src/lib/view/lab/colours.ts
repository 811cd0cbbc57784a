/** The colour of a lane, the same in every picture; `theme.css` holds the values for light and dark. */
export function laneColour(lane: number): string {
	return `var(--lane-${lane})`;
}
