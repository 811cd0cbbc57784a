/** The plan of a network on this backend. */
import type { Network } from '$lib/network';
import { compileFor } from '../plan/dispatches';
import type { Plan } from '../plan/plan';
import { BACKWARD } from './backward';
import { FORWARD } from './forward';

/** @throws UnplannedError naming a node that no plan can hold */
export const compile = (network: Network): Plan =>
	compileFor(network, { ...FORWARD, ...BACKWARD }, () => false);
