/** What stands in place of a level's index. */

/** The run ended on no level. */
export const NO_LEVEL = -1;

/** The run has not been computed yet. */
export const PENDING = -2;
