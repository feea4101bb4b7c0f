import type { Clock } from "@freehold/kernel/clock";
import { messageOf } from "@freehold/kernel/errors";
import type { Log } from "@freehold/kernel/log";
import type { Doors } from "./manager-doors.ts";

/** Units: milliseconds. The manager hears of a tenant's activity at most this often. */
export const reportEveryMs = 15_000;

export interface Activity {
  /** Somebody asked something of a tenant. */
  note(id: string): void;
  /** Reports what came since the last report, and each tenant with open streams; called every few seconds. */
  round(): void;
}

export interface ActivityParts {
  doors: Pick<Doors, "active">;
  /** How many streams are open, by tenant; tenants without any are left out. */
  openStreams: () => ReadonlyMap<string, number>;
  clock: Clock;
  log: Log;
}

interface Use {
  reportedAt: number;
  usedAt: number;
}

export function createActivity({ doors, openStreams, clock, log }: ActivityParts): Activity {
  const uses = new Map<string, Use>();
  const report = (id: string, use: Use) => {
    const before = use.reportedAt;
    use.reportedAt = clock.now();
    // Requests that came since the last report count as one stream more: the manager takes zero for nobody there.
    doors.active(id, Math.max(1, openStreams().get(id) ?? 0)).catch((thrown: unknown) => {
      // A tenant whose activity is not heard of might fall asleep under its reader: the next round says it again.
      use.reportedAt = before;
      log.warn("tenant.activity-unreported", { tenant: id, reason: messageOf(thrown) });
    });
  };
  const due = ({ reportedAt, usedAt }: Use) => clock.now() - reportedAt >= reportEveryMs && usedAt > reportedAt;
  const use = (id: string) => {
    const found = uses.get(id) ?? { reportedAt: Number.NEGATIVE_INFINITY, usedAt: 0 };
    found.usedAt = clock.now();
    uses.set(id, found);
    if (due(found)) report(id, found);
  };
  return {
    note: use,
    round() {
      for (const id of openStreams().keys()) use(id);
      for (const [id, found] of uses)
        if (due(found)) report(id, found);
        else if (clock.now() - found.usedAt > reportEveryMs && found.usedAt <= found.reportedAt) uses.delete(id);
    },
  };
}
