/** Constants of batch normalisation, as in PyTorch and the paper's code. */

/** ε, added to the variance before taking the square root. */
export const EPSILON = 1e-5;

/** Weight of a batch in the running averages that evaluation uses. */
export const RUNNING_RATE = 0.1;
