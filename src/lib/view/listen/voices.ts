/** Makes tones heard with the Web Audio API: a timbre and a place between left and right for each network. */
import type { Tone } from './tones';

/** The waves of the networks in order, with volumes that sound alike: waves with many overtones are louder. */
const WAVES = [
	{ type: 'triangle', volume: 1 },
	{ type: 'sawtooth', volume: 0.4 },
	{ type: 'sine', volume: 1 },
	{ type: 'square', volume: 0.3 }
] as const;
/** Volume of a voice, of 1: even four voices together stay below 1. */
const VOLUME = 0.2;
/** How far out the first and the last network are; 1 is one ear alone. */
const SPREAD = 0.8;
/** Time in which a tone rises to its volume, in seconds: without it, tones begin with a click. */
const RISE = 0.01;
/** Least length of the hiss for values that are not finite, in seconds: it must not be missed among tones. */
const HISS = 0.5;

/**
 * Sounds a tone now: a pitch in the network's timbre, or a hiss for a value that is not finite.
 * @param lanes number of networks, which are placed from left to right
 * @param seconds length of the tone
 */
export function sound(
	context: BaseAudioContext,
	{ lane, frequency }: Tone,
	lanes: number,
	seconds: number
): void {
	const wave = WAVES[lane % WAVES.length];
	const source =
		frequency === null
			? hiss(context)
			: new OscillatorNode(context, { type: wave.type, frequency });
	const start = context.currentTime;
	const end = start + (frequency === null ? Math.max(HISS, seconds) : seconds);
	const volume = new GainNode(context, { gain: 0 });
	volume.gain
		.setValueAtTime(0, start)
		.linearRampToValueAtTime(VOLUME * (frequency === null ? 0.5 : wave.volume), start + RISE)
		.linearRampToValueAtTime(0, end);
	const pan = lanes > 1 ? SPREAD * ((2 * lane) / (lanes - 1) - 1) : 0;
	source
		.connect(volume)
		.connect(new StereoPannerNode(context, { pan }))
		.connect(context.destination);
	source.start(start);
	source.stop(end);
}

function hiss(context: BaseAudioContext): AudioScheduledSourceNode {
	const { sampleRate } = context;
	const buffer = new AudioBuffer({ length: sampleRate / 2, sampleRate });
	const noise = buffer.getChannelData(0);
	for (let i = 0; i < noise.length; i++) noise[i] = 2 * Math.random() - 1;
	return new AudioBufferSourceNode(context, { buffer, loop: true });
}
