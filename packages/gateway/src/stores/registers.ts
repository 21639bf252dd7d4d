/** What all stores agree on about registers. */

/** Characters of values in one page of registers, about. */
export const registersBytes = 1_048_576;
