// Helpers for reporting measurements: the median, and a description of the machine.
import { cpus } from 'node:os';

/** @param {readonly number[]} values */
export function median(values) {
	const sorted = [...values].sort((a, b) => a - b);
	const middle = sorted.length / 2;
	return (sorted[Math.ceil(middle) - 1] + sorted[Math.floor(middle)]) / 2;
}

/**
 * Describes the CPU, and the device of each backend.
 * @param {ReadonlyMap<string, string>} adapters
 */
export function describeMachine(adapters) {
	return [
		`${cpus()[0].model}, ${cpus().length} cores`,
		...[...adapters].map(([backend, adapter]) => `${backend}: ${adapter}`)
	].join('; ');
}
