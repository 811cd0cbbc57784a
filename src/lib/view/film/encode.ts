/** Writes frames of a canvas into a video file or an animated GIF. The browser's own encoders (WebCodecs) make the videos. */
import { applyPalette, GIFEncoder, quantize } from 'gifenc';
import {
	BufferTarget,
	canEncodeVideo,
	CanvasSource,
	Mp4OutputFormat,
	Output,
	QUALITY_HIGH,
	WebMOutputFormat,
	type VideoCodec
} from 'mediabunny';
import { context2d } from '../context2d';

export const FILM_FORMATS = ['mp4', 'webm', 'gif'] as const;
export type FilmFormat = (typeof FILM_FORMATS)[number];

/** Codecs of each kind of video, of which the first that the browser can write is taken: what most programs play comes first. */
const CODECS = {
	mp4: ['avc'],
	webm: ['vp9', 'vp8', 'av1']
} as const satisfies Record<string, readonly VideoCodec[]>;
type VideoFormat = keyof typeof CODECS;

const TYPES = { mp4: 'video/mp4', webm: 'video/webm', gif: 'image/gif' } as const satisfies Record<
	FilmFormat,
	string
>;

/** Colours of a frame of a GIF. */
const COLOURS = 128;

/** A file in the making. */
interface FilmWriter {
	/** Adds the canvas as it is now, shown for so many seconds. */
	add(seconds: number): Promise<void>;
	/** The whole file. */
	finish(): Promise<Blob>;
	/** Stops and forgets what was written. */
	cancel(): Promise<void>;
}

interface Size {
	readonly width: number;
	readonly height: number;
}

async function codecFor(format: VideoFormat, size: Size): Promise<VideoCodec | null> {
	for (const codec of CODECS[format]) if (await canEncodeVideo(codec, size)) return codec;
	return null;
}

/** The formats that this browser can write; GIF always, videos of `size` only where pages may encode them. */
export async function filmFormats(size: Size): Promise<FilmFormat[]> {
	const can = await Promise.all(
		FILM_FORMATS.map(async (format) => format === 'gif' || (await codecFor(format, size)) !== null)
	);
	return FILM_FORMATS.filter((_, i) => can[i]);
}

/** @throws Error if the browser cannot write this format; see `filmFormats` */
export async function filmWriter(
	format: FilmFormat,
	canvas: HTMLCanvasElement
): Promise<FilmWriter> {
	return format === 'gif' ? gifWriter(canvas) : videoWriter(format, canvas);
}

async function videoWriter(format: VideoFormat, canvas: HTMLCanvasElement): Promise<FilmWriter> {
	const codec = await codecFor(format, canvas);
	if (codec === null) throw new Error(`This browser encodes no ${format}.`);
	const target = new BufferTarget();
	const output = new Output({
		format: format === 'mp4' ? new Mp4OutputFormat() : new WebMOutputFormat(),
		target
	});
	const source = new CanvasSource(canvas, { codec, bitrate: QUALITY_HIGH });
	output.addVideoTrack(source);
	await output.start();
	let at = 0;
	return {
		async add(seconds) {
			await source.add(at, seconds);
			at += seconds;
		},
		async finish() {
			await output.finalize();
			if (!target.buffer) throw new Error('The encoder wrote nothing.');
			return new Blob([target.buffer], { type: TYPES[format] });
		},
		cancel: () => output.cancel()
	};
}

function gifWriter(canvas: HTMLCanvasElement): FilmWriter {
	const encoder = GIFEncoder();
	const { width, height } = canvas;
	return {
		async add(seconds) {
			const { data } = context2d(canvas).getImageData(0, 0, width, height);
			const palette = quantize(data, COLOURS);
			encoder.writeFrame(applyPalette(data, palette), width, height, {
				palette,
				delay: 1000 * seconds
			});
		},
		async finish() {
			encoder.finish();
			return new Blob([new Uint8Array(encoder.bytes())], { type: TYPES.gif });
		},
		async cancel() {}
	};
}
