import type { TenantState } from "@freehold/kernel/api/tenant";
export const tenantEvents = [
  "provisioned",
  "prepared",
  "wake-wanted",
  "admitted",
  "became-ready",
  "died",
  "gave-up",
  "sleep-wanted",
  "stop-wanted",
  "rested",
  "halted",
  "restore-began",
  "restored",
  "removal-wanted",
  "kept",
  "erased",
] as const;
export type TenantEvent = (typeof tenantEvents)[number];

type Row = Record<TenantEvent, TenantState | null>;

const nothing = Object.fromEntries(tenantEvents.map((event) => [event, null])) as Row;
/** What may happen to every tenant that has a home and is not on its way out. */
const settled = { ...nothing, "restore-began": "restoring", "removal-wanted": "removing" } as const;

/** What follows each event in each state; null means that the event changes nothing. SPEC.md has the same table. */
export const transitions: Record<TenantState, Row> = {
  provisioning: { ...nothing, prepared: "asleep", "removal-wanted": "removing" },
  asleep: { ...settled, "wake-wanted": "waiting", "stop-wanted": "stopped" },
  waiting: { ...settled, admitted: "waking", "sleep-wanted": "asleep", "stop-wanted": "stopped", "gave-up": "failed" },
  waking: {
    ...settled,
    "became-ready": "awake",
    died: "waiting",
    "gave-up": "failed",
    "sleep-wanted": "falling-asleep",
    "stop-wanted": "falling-asleep",
  },
  awake: { ...settled, died: "waiting", "gave-up": "failed", "sleep-wanted": "falling-asleep", "stop-wanted": "falling-asleep" },
  "falling-asleep": { ...settled, rested: "asleep", halted: "stopped" },
  stopped: { ...settled, "wake-wanted": "waiting", "sleep-wanted": "asleep" },
  failed: { ...settled, "wake-wanted": "waiting", "sleep-wanted": "asleep", "stop-wanted": "stopped" },
  restoring: { ...nothing, restored: "asleep", "removal-wanted": "removing" },
  removing: { ...nothing, provisioned: "provisioning", kept: "stopped", erased: "removed" },
  removed: { ...nothing, provisioned: "provisioning" },
};

/** States in which a container of the tenant is meant to exist. */
export const withContainer: readonly TenantState[] = ["waking", "awake", "falling-asleep"];
