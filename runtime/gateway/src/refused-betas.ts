import type { Provider } from "./provider.ts";
import { namedBetas } from "./verdict.ts";

/** Units: milliseconds. */
const rememberedMs = 3_600_000;
const mostRemembered = 100;

type Learner = Pick<Provider, "capabilities" | "refusedBetas">;

/**
 * Learns beta values that a provider's 400 names, so that they are left out from now on: each release of a client brings new ones. Returns whether there were
 * any to learn. Units: `now` in milliseconds since 1970.
 */
export function learnRefusedBetas({ refusedBetas, capabilities }: Learner, message: string, now: number): boolean {
  const fresh = namedBetas(message).filter((beta) => !refusedBetas.has(beta) && !capabilities.dropBetas.includes(beta));
  if (fresh.length === 0 || refusedBetas.size + fresh.length > mostRemembered) return false;
  for (const beta of fresh) refusedBetas.set(beta, now + rememberedMs);
  return true;
}

/** The values to leave out, if any. */
export function betasToDrop({ capabilities: { dropBetas }, refusedBetas }: Learner, now: number): ReadonlySet<string> | undefined {
  if (dropBetas.length === 0 && refusedBetas.size === 0) return undefined;
  for (const [beta, until] of refusedBetas) if (until <= now) refusedBetas.delete(beta);
  return new Set([...dropBetas, ...refusedBetas.keys()]);
}
