/** How long a list of snapshots is shown before the bucket is asked again: nobody else writes to a target, and each look costs requests. Units: milliseconds. */
export const listFreshMs = 6 * 3_600_000;
