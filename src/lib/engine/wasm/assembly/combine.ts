/**
 * Everything between two convolutions, in one pass over the feature map forward and two backward: normalisation (or a
 * bias), the gated shortcut, the activation. Maps are `[N][H + 2][W + 2][C]`, with C a multiple of 4. Pointers are to
 * the first inner pixel; strides are in bytes. Per-channel vectors are padded to C.
 */
import { activate, activateGrad } from './formulas';
import { addWide, madd, promoteHigh, squares, total } from './simd';

/**
 * Writes each image's sum per channel into `sums` (C f64 per image): of y, or of (y − centre)² if there is a centre.
 */
export function channelSums(
	y: usize,
	centre: usize,
	sums: usize,
	sumsImage: i32,
	channels: i32,
	images: i32,
	rows: i32,
	columns: i32,
	image: i32,
	row: i32
): void {
	for (let n = 0; n < images; n++) {
		const to = sums + n * sumsImage;
		memory.fill(to, 0, channels * 8);
		for (let r = 0; r < rows; r++)
			for (let c = 0; c < channels; c += 4) {
				let p = y + n * image + r * row + c * 4;
				let sum = f32x4.splat(0);
				if (!centre)
					for (let i = 0; i < columns; i++) {
						sum = f32x4.add(sum, v128.load(p));
						p += channels * 4;
					}
				else {
					const m = v128.load(centre + c * 4);
					for (let i = 0; i < columns; i++) {
						const d = f32x4.sub(v128.load(p), m);
						sum = madd(d, d, sum);
						p += channels * 4;
					}
				}
				addWide(to + c * 8, sum);
			}
	}
}

/** Adds the sums of the other images to those of the first, in order: `sums` holds `channels` f64 per image. */
export function addSums(sums: usize, channels: i32, images: i32): void {
	const length = channels * 8;
	for (let n = 1; n < images; n++)
		for (let c = 0; c < length; c += 16) {
			const from = v128.load(sums + n * length + c);
			v128.store(sums + c, f64x2.add(v128.load(sums + c), from));
		}
}

/**
 * z = f((y − centre) · factor + shift + gate · shortcut). The shortcut's map may have fewer channels (the others get
 * nothing added) and other strides (option A's subsampling); a pointer of 0 means no shortcut.
 */
export function combine(
	y: usize,
	z: usize,
	centre: usize,
	factor: usize,
	shift: usize,
	activation: i32,
	channels: i32,
	images: i32,
	rows: i32,
	columns: i32,
	image: i32,
	row: i32,
	shortcut: usize,
	gate: f32,
	sChannels: i32,
	sImage: i32,
	sRow: i32,
	sColumn: i32
): void {
	const gates = f32x4.splat(gate);
	const pixel = channels * 4;
	for (let n = 0; n < images; n++)
		for (let r = 0; r < rows; r++)
			for (let c = 0; c < channels; c += 4) {
				const at = n * image + r * row + c * 4;
				const m = v128.load(centre + c * 4);
				const k = v128.load(factor + c * 4);
				const b = v128.load(shift + c * 4);
				let p = y + at;
				let q = z + at;
				if (shortcut && c < sChannels) {
					let s = shortcut + n * sImage + r * sRow + c * 4;
					for (let i = 0; i < columns; i++) {
						const value = madd(f32x4.sub(v128.load(p), m), k, b);
						v128.store(q, activate(madd(v128.load(s), gates, value), activation));
						p += pixel;
						q += pixel;
						s += sColumn;
					}
				} else
					for (let i = 0; i < columns; i++) {
						const value = madd(f32x4.sub(v128.load(p), m), k, b);
						v128.store(q, activate(value, activation));
						p += pixel;
						q += pixel;
					}
			}
}

/** Sets the padding channels, after the `real` ones, to 0, because a sigmoid made them 0.5. */
export function clearPadding(
	z: usize,
	real: i32,
	channels: i32,
	images: i32,
	rows: i32,
	columns: i32,
	image: i32,
	row: i32
): void {
	for (let n = 0; n < images; n++)
		for (let r = 0; r < rows; r++)
			for (let i = 0; i < columns; i++)
				for (let c = real; c < channels; c++)
					store<f32>(z + n * image + r * row + (i * channels + c) * 4, 0);
}

/**
 * First backward pass. With da = dz · f′(z): sums over each image, per channel, of da (`sums`) and of
 * da · (y − centre) (`products`), in 64 bits; see `channelSums`.
 */
export function combineGradSums(
	dz: usize,
	z: usize,
	y: usize,
	centre: usize,
	sums: usize,
	products: usize,
	sumsImage: i32,
	activation: i32,
	channels: i32,
	images: i32,
	rows: i32,
	columns: i32,
	image: i32,
	row: i32
): void {
	const pixel = channels * 4;
	for (let n = 0; n < images; n++) {
		const sumsTo = sums + n * sumsImage;
		const productsTo = products + n * sumsImage;
		memory.fill(sumsTo, 0, channels * 8);
		memory.fill(productsTo, 0, channels * 8);
		for (let r = 0; r < rows; r++)
			for (let c = 0; c < channels; c += 4) {
				let at = n * image + r * row + c * 4;
				const m = v128.load(centre + c * 4);
				let sum = f32x4.splat(0);
				let product = f32x4.splat(0);
				for (let i = 0; i < columns; i++) {
					const da = activateGrad(v128.load(dz + at), v128.load(z + at), activation);
					sum = f32x4.add(sum, da);
					product = madd(da, f32x4.sub(v128.load(y + at), m), product);
					at += pixel;
				}
				addWide(sumsTo + c * 8, sum);
				addWide(productsTo + c * 8, product);
			}
	}
}

/**
 * Second backward pass: dy := da · factor − offset − (y − centre) · slope, or added to dy, which may be y itself: the
 * gradient with respect to y then replaces it. A pointer dy of 0 means that it is not needed. With `keep`,
 * dz := gate · da for the shortcut.
 */
export function combineGrad(
	dz: usize,
	z: usize,
	y: usize,
	dy: usize,
	centre: usize,
	factor: usize,
	offset: usize,
	slope: usize,
	activation: i32,
	channels: i32,
	images: i32,
	rows: i32,
	columns: i32,
	image: i32,
	row: i32,
	accumulate: i32,
	keep: i32,
	gate: f32
): void {
	const gates = f32x4.splat(gate);
	const pixel = channels * 4;
	for (let n = 0; n < images; n++)
		for (let r = 0; r < rows; r++)
			for (let c = 0; c < channels; c += 4) {
				let at = n * image + r * row + c * 4;
				const end = at + columns * pixel;
				const m = v128.load(centre + c * 4);
				const k = v128.load(factor + c * 4);
				const o = v128.load(offset + c * 4);
				const s = v128.load(slope + c * 4);
				if (dy && !accumulate)
					for (; at < end; at += pixel) {
						const da = activateGrad(v128.load(dz + at), v128.load(z + at), activation);
						const centred = f32x4.sub(v128.load(y + at), m);
						v128.store(dy + at, f32x4.sub(f32x4.mul(da, k), madd(centred, s, o)));
						if (keep) v128.store(dz + at, gate == 0 ? f32x4.splat(0) : f32x4.mul(da, gates));
					}
				else
					for (; at < end; at += pixel) {
						const da = activateGrad(v128.load(dz + at), v128.load(z + at), activation);
						if (dy) {
							const centred = f32x4.sub(v128.load(y + at), m);
							const gradient = f32x4.sub(f32x4.mul(da, k), madd(centred, s, o));
							v128.store(dy + at, f32x4.add(v128.load(dy + at), gradient));
						}
						if (keep) v128.store(dz + at, gate == 0 ? f32x4.splat(0) : f32x4.mul(da, gates));
					}
			}
}

/**
 * Option A's adjoint: adds the pixels of the small map to every other pixel of the large one, in the large map's real
 * `channels`.
 */
export function subsampleGrad(
	small: usize,
	large: usize,
	channels: i32,
	stride: i32,
	images: i32,
	rows: i32,
	columns: i32,
	smallImage: i32,
	smallRow: i32,
	smallColumn: i32,
	largeImage: i32,
	largeRow: i32,
	largeColumn: i32
): void {
	const whole = channels & ~3;
	for (let n = 0; n < images; n++)
		for (let r = 0; r < rows; r++)
			for (let i = 0; i < columns; i++) {
				const from = small + n * smallImage + r * smallRow + i * smallColumn;
				const to = large + n * largeImage + (r * largeRow + i * largeColumn) * stride;
				let c = 0;
				for (; c < whole; c += 4)
					v128.store(to + c * 4, f32x4.add(v128.load(to + c * 4), v128.load(from + c * 4)));
				for (; c < channels; c++)
					store<f32>(to + c * 4, load<f32>(to + c * 4) + load<f32>(from + c * 4));
			}
}

/** Writes the sum of each image's values and of their squares into `sums` (two f64 per image), padding included. */
export function mapSums(
	z: usize,
	sums: usize,
	channels: i32,
	images: i32,
	rows: i32,
	columns: i32,
	image: i32,
	row: i32
): void {
	const length = columns * channels * 4;
	for (let n = 0; n < images; n++) {
		let sum = f64x2.splat(0);
		let sumOfSquares = f64x2.splat(0);
		for (let r = 0; r < rows; r++) {
			let p = z + n * image + r * row;
			const end = p + length;
			for (; p < end; p += 16) {
				const values = v128.load(p);
				const low = f64x2.promote_low_f32x4(values);
				sum = f64x2.add(sum, f64x2.add(low, promoteHigh(values)));
				sumOfSquares = f64x2.add(sumOfSquares, squares(values));
			}
		}
		store<f64>(sums + n * 16, total(sum));
		store<f64>(sums + n * 16, total(sumOfSquares), 8);
	}
}

/**
 * Counts the `real` channels that are 0 at every pixel of every image. Reads a group of four channels only until each
 * has shown a value other than 0, so a network without dead channels is hardly read at all.
 */
export function deadChannels(
	z: usize,
	real: i32,
	channels: i32,
	images: i32,
	rows: i32,
	columns: i32,
	image: i32,
	row: i32
): i32 {
	let dead = 0;
	const zero = f32x4.splat(0);
	for (let c = 0; c < real; c += 4) {
		const group: i32 = real - c >= 4 ? 15 : (1 << (real - c)) - 1;
		let alive = 0;
		for (let n = 0; n < images && alive != group; n++)
			for (let r = 0; r < rows && alive != group; r++) {
				let p = z + n * image + r * row + c * 4;
				let seen = zero;
				for (let i = 0; i < columns; i++) {
					seen = v128.or(seen, f32x4.ne(v128.load(p), zero));
					p += channels * 4;
				}
				alive |= i32x4.bitmask(seen) & group;
			}
		dead += popcnt<i32>(group ^ alive);
	}
	return dead;
}
