import { setTimeout as delay } from "node:timers/promises";
import type { Served } from "./eviction-order.ts";

/** What the manager tells of each tenant. */
export interface TenantView {
  id: string;
  state: string;
  readyAt: string | null;
  lastActiveAt: string | null;
}

export interface ActivityWatch {
  end(): Promise<readonly Served[]>;
}

/** Reads, until it is ended, who was last active when by the manager's own account: on a busy machine visitors learn of it seconds later. */
export function watchActivity(tenants: () => Promise<readonly TenantView[]>): ActivityWatch {
  const served: Served[] = [];
  const seen = new Map<string, number>();
  const ended = new AbortController();
  const read = async () => {
    for (const { id, state, readyAt, lastActiveAt } of await tenants()) {
      const at = Math.max(...[readyAt, lastActiveAt].map((time) => (time === null ? 0 : Date.parse(time))));
      // Who waits for a place was asked for, and has none that could be taken.
      if (state !== "awake" || seen.get(id) === at) continue;
      seen.set(id, at);
      served.push({ id, at });
    }
  };
  const reading = (async () => {
    while (!ended.signal.aborted) {
      await read();
      await delay(500, undefined, { signal: ended.signal }).catch(() => undefined);
    }
  })();
  return {
    async end() {
      ended.abort();
      await reading;
      await read();
      return served;
    },
  };
}
