import type { Problem } from "@freehold/kernel/api/tenant";
import type { BoxState } from "../box/tenant-box.ts";
import { activeAt } from "./admission.ts";
import { transitions, withContainer, type TenantEvent } from "./tenant-states.ts";
import type { TenantRow } from "./tenant.ts";

/** The next thing to do for one tenant; what follows is decided anew, from what is seen then. */
export type Step =
  | { do: "nothing" }
  | { do: "unpause" }
  /** Ends and removes the container, and gives its memory back. */
  | { do: "stop" }
  | { do: "give-back" }
  | { do: "prepare" }
  | { do: "start" }
  | { do: "probe" }
  | { do: "bury"; cause: Problem }
  | { do: "move"; event: TenantEvent }
  | { do: "queue" }
  | { do: "sleep-if-quiet" }
  | { do: "wake-for-schedule" }
  | { do: "swap-home" }
  | { do: "back-up" }
  | { do: "erase" }
  | { do: "tell-limits" };

export interface Seen {
  row: TenantRow;
  /** Docker's word; undefined where it has nothing of this tenant. */
  box: BoxState | undefined;
  /** Somebody copies its files just now; it is left as it is. */
  leased: boolean;
  /** Units: milliseconds since 1970. */
  now: number;
}

export interface DecideSettings {
  /** Units: milliseconds that a start may take. */
  readyMs: number;
  /** Units: milliseconds. So long before a schedule is due a sleeper is woken. */
  dueLeadMs: number;
}

/** What brings a tenant one step nearer to what it shall be. Depends on the row and on Docker's listing alone. */
export function decide(seen: Seen, settings: DecideSettings): Step {
  const { row, box, leased } = seen;
  if (leased) return { do: "nothing" };
  if (box?.state === "paused") return { do: "unpause" };
  if (row.state === "removed") return box === undefined ? { do: "nothing" } : { do: "stop" };
  if (row.desired === "removed") return whenRemoving(seen);
  // One that was removed before it had a home, or its key, is made from there on.
  if (row.state === "removing") return { do: "move", event: row.preparedFor === null ? "provisioned" : "kept" };
  if (row.state === "provisioning") return isDue(seen) ? { do: "prepare" } : { do: "nothing" };
  if (row.restoreFolder !== null) return whenRestoring(seen);
  if (row.state === "restoring") return { do: "move", event: "restored" };
  if (row.state === "falling-asleep") return box === undefined ? { do: "move", event: row.desired === "stopped" ? "halted" : "rested" } : { do: "stop" };
  if (!withContainer.includes(row.state)) return whenDown(seen, settings);
  if (row.desired !== "awake") return { do: "move", event: row.desired === "stopped" ? "stop-wanted" : "sleep-wanted" };
  return row.state === "waking" ? whenWaking(seen, settings) : whenAwake(seen);
}

/** Longer than any wait that is ever set: only a clock that was put back shows it. Units: milliseconds. */
const longestWaitMs = 10 * 60_000;
const isDue = ({ row, now }: Seen) => row.nextTryAt === null || row.nextTryAt.getTime() <= now || row.nextTryAt.getTime() - now > longestWaitMs;

function whenRemoving(seen: Seen): Step {
  const { row, box, now } = seen;
  if (transitions[row.state]["removal-wanted"] !== null) return { do: "move", event: "removal-wanted" };
  if (box !== undefined) return { do: "stop" };
  if (row.reservedMb > 0) return { do: "give-back" };
  if (!isDue(seen)) return { do: "nothing" };
  if (row.finalBackup === "wanted") return { do: "back-up" };
  return row.removeAt !== null && row.removeAt.getTime() <= now ? { do: "erase" } : { do: "nothing" };
}

function whenRestoring(seen: Seen): Step {
  const { row, box } = seen;
  if (row.state !== "restoring") return { do: "move", event: "restore-began" };
  if (box !== undefined) return { do: "stop" };
  return isDue(seen) ? { do: "swap-home" } : { do: "nothing" };
}

/** asleep, waiting, stopped or failed: there should be no container, and there may be one of before a crash. */
function whenDown(seen: Seen, { dueLeadMs }: DecideSettings): Step {
  const { row, box, now } = seen;
  if (box !== undefined) return { do: "stop" };
  if (row.reservedMb > 0) return { do: "give-back" };
  if (row.keyStale) return { do: "tell-limits" };
  if (row.desired === "stopped") return row.state === "stopped" ? { do: "nothing" } : { do: "move", event: "stop-wanted" };
  if (row.desired === "awake") {
    if (row.state === "waiting") return isDue(seen) ? { do: "queue" } : { do: "nothing" };
    return row.state === "failed" ? { do: "nothing" } : { do: "move", event: "wake-wanted" };
  }
  if (row.state !== "asleep") return { do: "move", event: "sleep-wanted" };
  return row.dueAt !== null && row.dueAt.getTime() - dueLeadMs <= now ? { do: "wake-for-schedule" } : { do: "nothing" };
}

function whenWaking({ row, box, now }: Seen, { readyMs }: DecideSettings): Step {
  // Either way: a clock that was put back must not make it wait for a day.
  if (Math.abs(now - row.stateAt.getTime()) > readyMs)
    return { do: "bury", cause: { code: "tenant.not-ready", message: `It did not answer within ${Math.round(readyMs / 1_000)} s of its start.` } };
  // It was resized since it was admitted: what was promised is not what it would take.
  if (row.reservedMb !== row.memoryMb) return { do: "move", event: "sleep-wanted" };
  if (box === undefined) return { do: "start" };
  if (box.generation !== row.generation && box.generation !== 0) return { do: "move", event: "sleep-wanted" };
  if (box.state === "running") return { do: "probe" };
  // What was never started did not die: a manager ended between making and starting it.
  return box.startedAt === null ? { do: "start" } : { do: "bury", cause: causeOf(box) };
}

function whenAwake({ row, box, now }: Seen): Step {
  // Removed by somebody else, as when the whole home was taken down: no fault of its own, so that it is no death.
  if (box === undefined) return { do: "move", event: "sleep-wanted" };
  if (box.state !== "running") return { do: "bury", cause: causeOf(box) };
  if (box.generation !== row.generation) return { do: "move", event: "sleep-wanted" };
  if (row.keyStale) return { do: "tell-limits" };
  const idle = row.idleMinutes > 0 && now - activeAt(row) >= row.idleMinutes * 60_000;
  return idle ? { do: "sleep-if-quiet" } : { do: "nothing" };
}

function causeOf({ oomKilled, exitCode }: BoxState): Problem {
  if (oomKilled)
    return { code: "tenant.out-of-memory", message: "It wanted more memory than it may take, and was ended. Give it more, or ask less of it at once." };
  return { code: "tenant.ended", message: `Its assistant ended by itself with exit code ${exitCode ?? "unknown"}; its logs may say why.` };
}
