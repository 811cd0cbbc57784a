// What the measurements say of their numbers.
import { cpus } from 'node:os';

/** @param {readonly number[]} values */
export function median(values) {
	const sorted = [...values].sort((a, b) => a - b);
	const middle = sorted.length / 2;
	return (sorted[Math.ceil(middle) - 1] + sorted[Math.floor(middle)]) / 2;
}

/**
 * The processor, and what each backend computes on.
 * @param {ReadonlyMap<string, string>} adapters
 */
export function describeMachine(adapters) {
	return [
		`${cpus()[0].model}, ${cpus().length} cores`,
		...[...adapters].map(([backend, adapter]) => `${backend}: ${adapter}`)
	].join('; ');
}
