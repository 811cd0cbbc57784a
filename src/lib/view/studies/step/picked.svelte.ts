/** The value that is read out of maps: one channel, row and column, which maps of other sizes take as far as they reach. */
import { channelOf, type FeatureMap } from '$lib/lab';

export class Picked {
	channel = $state(0);
	row = $state(4);
	column = $state(4);

	/** Its place in a map `[H, W, C]` or `[units]`. */
	in({ shape }: Pick<FeatureMap, 'shape'>) {
		const [height, width] = shape.length === 3 ? shape : [1, 1];
		const channels = shape[shape.length - 1];
		const least = (asked: number, count: number) => Math.min(asked, count - 1);
		const row = least(this.row, height);
		const column = least(this.column, width);
		const channel = least(this.channel, channels);
		return {
			...{ row, column, channel, height, width, channels },
			index: (row * width + column) * channels + channel
		};
	}

	/** The value of a map at this place. */
	of(map: FeatureMap): number {
		return map.values[this.in(map).index];
	}

	/** The channel of a map as `[H, W, 1]`. */
	channelOf(map: FeatureMap): FeatureMap {
		const { channel, height, width } = this.in(map);
		return { shape: [height, width, 1], values: channelOf(map, channel).values };
	}

	readonly set = (row: number, column: number): void => {
		this.row = row;
		this.column = column;
	};
}
