import type { ContainerInspectInfo } from "dockerode";
import type { Engine } from "../engine.ts";

/** Longer than from one look of the engine to the next, or from the start to the first. Units: milliseconds. */
const unseenMs = 30_000;

type Health = { Status?: string; Log?: { End: string }[] | null } | undefined;

/**
 * An engine that was killed while containers ran on does not look after the health of those that were starting: they would never become healthy. A pause
 * and its end make it look again; nothing of the container is lost by them. Source: Docker 20.10 with live-restore, tried.
 */
export function createHealthWatch(engine: Pick<Engine, "pause" | "unpause">, now: () => Date): (info: ContainerInspectInfo) => Promise<void> {
  const remindedAt = new Map<string, number>();
  return async (info) => {
    const health: Health = info.State.Health;
    // While the engine looks, its probe is one of the container's commands.
    if (health?.Status !== "starting" || (info.ExecIDs ?? []).length > 0) return;
    const seenAt = Math.max(Date.parse(info.State.StartedAt), Date.parse(health.Log?.at(-1)?.End ?? "") || 0, remindedAt.get(info.Id) ?? 0);
    if (now().getTime() - seenAt < unseenMs) return;
    // Containers that are gone need no reminder.
    for (const [id, at] of remindedAt) if (now().getTime() - at >= unseenMs) remindedAt.delete(id);
    remindedAt.set(info.Id, now().getTime());
    await engine.pause(info.Id);
    await engine.unpause(info.Id);
  };
}
