/** How often a tenant may die, and how long is waited before it is tried again. Units: milliseconds. */
export interface DeathRule {
  most: number;
  withinMs: number;
  firstDelayMs: number;
  longestDelayMs: number;
}

export const standardDeathRule: DeathRule = { most: 5, withinMs: 10 * 60_000, firstDelayMs: 1_000, longestDelayMs: 60_000 };

/** What follows one more death: the deaths that still count, and when it is tried again; null when it has died too often. */
export function afterDeath(earlier: readonly Date[], now: number, rule: DeathRule): { deaths: Date[]; nextTryAt: Date | null } {
  const deaths = [...earlier.filter((at) => now - at.getTime() < rule.withinMs), new Date(now)];
  if (deaths.length >= rule.most) return { deaths, nextTryAt: null };
  return { deaths, nextTryAt: new Date(now + Math.min(rule.longestDelayMs, rule.firstDelayMs * 2 ** (deaths.length - 1))) };
}
