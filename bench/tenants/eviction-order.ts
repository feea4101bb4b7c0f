/** Units: milliseconds since 1970. */
export interface Served {
  id: string;
  at: number;
}
export type Eviction = Served;

/**
 * Who was put to sleep although another that was awake had been idle for longer. Visits that lie closer together than `alikeMs` count as the same time.
 */
export function wronglyEvicted(served: readonly Served[], evictions: readonly Eviction[], alikeMs: number): Eviction[] {
  return evictions.filter(({ id, at }, index) => {
    const lastOf = new Map(served.filter((visit) => visit.at < at).map((visit) => [visit.id, visit.at]));
    for (const gone of evictions.slice(0, index)) if ((lastOf.get(gone.id) ?? Number.POSITIVE_INFINITY) < gone.at) lastOf.delete(gone.id);
    const own = lastOf.get(id);
    // Nobody was served there yet: it was awake for no visit.
    return own === undefined || own > Math.min(...lastOf.values()) + alikeMs;
  });
}
