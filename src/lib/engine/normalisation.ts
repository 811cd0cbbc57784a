/** Constants of batch normalisation, as in PyTorch and the paper's code. */

/** Added to the variance before its root is taken. */
export const EPSILON = 1e-5;

/** Of the batch in the running averages that evaluation uses. */
export const RUNNING_RATE = 0.1;
