/** The dispatches that join the channels of maps, and that take their gradients apart. */
import type { BackwardOp, Concat } from '../plan/plan';
import type { Place } from './places';
import type { Dispatch, Resources } from './resources';

export function concatForward(lane: Resources, { from, z }: Concat): Dispatch[] {
	const to = lane.places[z];
	const starts = channelStarts(lane, from);
	return from.map((map, i) => {
		const x = lane.places[map];
		const padding = i === from.length - 1 ? to.channels - to.shape.channels : 0;
		return copying(lane, x, to, {
			from: x.inner,
			to: to.inner + starts[i],
			count: x.shape.channels,
			padding,
			accumulate: 0
		});
	});
}

export function concatBackward(
	lane: Resources,
	{ concat, dz, dx }: BackwardOp & { kind: 'concatGrad' }
): Dispatch[] {
	const from = lane.places[dz];
	const starts = channelStarts(lane, concat.from);
	return dx.flatMap((target, i) => {
		if (!target) return [];
		const to = lane.places[target.buffer];
		return copying(lane, from, to, {
			from: from.inner + starts[i],
			to: to.inner,
			count: to.shape.channels,
			padding: to.channels - to.shape.channels,
			accumulate: target.accumulate ? 1 : 0
		});
	});
}

/** The place of each map's first channel within a joined pixel, in bytes. */
function channelStarts({ places }: Resources, maps: readonly number[]): number[] {
	let next = 0;
	return maps.map((map) => {
		const start = next;
		next += places[map].shape.channels * 4;
		return start;
	});
}

function copying(
	{ module }: Resources,
	from: Place,
	to: Place,
	what: {
		readonly from: number;
		readonly to: number;
		readonly count: number;
		readonly padding: number;
		readonly accumulate: number;
	}
): Dispatch {
	const copyChannels = module.kernel('copyChannels', {
		...what,
		rows: to.shape.height,
		columns: to.shape.width,
		fromImage: from.image,
		fromRow: from.row,
		fromPixel: from.pixel,
		toImage: to.image,
		toRow: to.row,
		toPixel: to.pixel
	});
	return ({ images }) => copyChannels({ images });
}
