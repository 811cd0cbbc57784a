/** The table of measurements, one per study. Only the worker imports it, because pages must not load the engine. */
import type { Found, MeasuredStudy, Spec } from '.';
import { measureConfusion } from './confusion/measure';
import { measureLandscapes } from './landscape/measure';
import { measureLesions } from './lesion/measure';
import type { Measurement } from './measurement';
import { measureInside } from './inside/measure';
import { measureSeeds } from './seeds/measure';
import { measureShattered } from './shattered/measure';
import { measureShuffles } from './shuffle/measure';
import { measureStart } from './start/measure';
import { measureStep } from './step/measure';
import { measureTravel } from './travel/measure';

export const MEASURES: {
	readonly [S in MeasuredStudy]: Measurement<Spec<S>, Found<S>>;
} = {
	lesion: measureLesions,
	shuffle: measureShuffles,
	landscape: measureLandscapes,
	start: measureStart,
	inside: measureInside,
	confusion: measureConfusion,
	seeds: measureSeeds,
	travel: measureTravel,
	shattered: measureShattered,
	step: measureStep
};
