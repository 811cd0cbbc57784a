// How commands write measured numbers as JSON.

/**
 * Rounds to five digits, enough for every judgement; for `JSON.stringify`.
 * @param {string} _
 * @param {unknown} value
 */
export const fiveDigits = (_, value) =>
	typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(5)) : value;
