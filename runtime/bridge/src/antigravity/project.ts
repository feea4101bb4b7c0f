import type { Clock } from "@freehold/kernel/clock";
import { fault } from "../errors.ts";
import type { WireAsk } from "../gemini/wire.ts";

interface ProjectParts {
  ask: WireAsk;
  clock: Clock;
  /** The owner's own; it is then not asked for. */
  given: string | undefined;
  /** Units: milliseconds between two looks at an account that is being set up. */
  pollMs: number;
}

/** Units: milliseconds. How long what Google said holds: the owner may sign in with another account. */
const holdsMs = 600_000;
const timeoutMs = 60_000;
const mostLooks = 15;

/** We are none of the programs that Google lists, and say so. */
const metadata = { ideType: "IDE_UNSPECIFIED", platform: "PLATFORM_UNSPECIFIED", pluginType: "PLUGIN_UNSPECIFIED" };

/** The project that Cloud Code Assist counts an account's requests to; an account that has none is set up for its default tier first. */
export function createProjectFinder({ ask, clock, given, pollMs }: ProjectParts): () => Promise<string> {
  let known: { project: Promise<string>; until: number } | undefined;
  return () => {
    if (given !== undefined) return Promise.resolve(given);
    if (known === undefined || known.until <= clock.now()) {
      const project = findProject(ask, pollMs);
      known = { project, until: clock.now() + holdsMs };
      // The next request asks again.
      project.catch(() => (known = undefined));
    }
    return known.project;
  };
}

async function findProject(ask: WireAsk, pollMs: number): Promise<string> {
  const signal = AbortSignal.timeout(timeoutMs);
  const loaded = await ask({ path: "v1internal:loadCodeAssist", body: { metadata } }, signal);
  const found = projectIn(loaded);
  if (found !== undefined) return found;
  const tierId = defaultTier(loaded["allowedTiers"]);
  for (let look = 0; look < mostLooks; look++) {
    const { done, response } = await ask({ path: "v1internal:onboardUser", body: { tierId, metadata } }, signal);
    const project = done === true ? projectIn(response) : undefined;
    if (project !== undefined) return project;
    if (done === true) break;
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
  throw fault("project.refused", "Google gives this account no project for Antigravity. Sign in to Antigravity itself once, or set GOOGLE_PROJECT.");
}

/** It is told as a name or as an object with an id. */
function projectIn(answer: unknown): string | undefined {
  const project = (answer as { cloudaicompanionProject?: unknown } | null | undefined)?.cloudaicompanionProject;
  const id = typeof project === "object" && project !== null ? (project as { id?: unknown }).id : project;
  return typeof id === "string" && id !== "" ? id : undefined;
}

function defaultTier(tiers: unknown): string {
  const all = Array.isArray(tiers) ? (tiers as ({ id?: unknown; isDefault?: unknown } | null)[]) : [];
  const id = all.find((tier) => tier?.isDefault === true)?.id;
  return typeof id === "string" ? id : "free-tier";
}
