/** The loss at the end of a network. */

/**
 * dLogits = weight · (softmax − truth) / N. Writes the sum of the cross-entropies and the number of wrong answers into
 * `results` (two f64). An image with logits that are not finite counts as wrong and makes the sum NaN.
 */
export function crossEntropy(
	logits: usize,
	labels: usize,
	dLogits: usize,
	results: usize,
	images: i32,
	classes: i32,
	weight: f64
): void {
	let total: f64 = 0;
	let wrong: f64 = 0;
	for (let n = 0; n < images; n++) {
		const row = logits + n * classes * 4;
		const label = load<i32>(labels + n * 4);
		let most: f32 = -Infinity;
		let best = -1;
		for (let k = 0; k < classes; k++) {
			const value = load<f32>(row + k * 4);
			if (value > most) {
				most = value;
				best = k;
			}
		}
		let sum: f64 = 0;
		for (let k = 0; k < classes; k++) sum += Math.exp(<f64>load<f32>(row + k * 4) - <f64>most);
		total += Math.log(sum) + <f64>most - <f64>load<f32>(row + label * 4);
		if (best != label) wrong += 1;
		for (let k = 0; k < classes; k++) {
			const p = Math.exp(<f64>load<f32>(row + k * 4) - <f64>most) / sum;
			const truth: f64 = k == label ? 1 : 0;
			const gradient = (weight * (p - truth)) / <f64>images;
			store<f32>(dLogits + (n * classes + k) * 4, <f32>gradient);
		}
	}
	store<f64>(results, total);
	store<f64>(results + 8, wrong);
}
