import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "@freehold/kernel/clock";
import { AppError, messageOf, systemCodeOf } from "@freehold/kernel/errors";
import { writeFileAtomic } from "@freehold/kernel/files";
import type { Log } from "@freehold/kernel/log";
import type { Metrics } from "@freehold/kernel/metrics";
import { z } from "zod";
import { backupError } from "../errors.ts";
import type { Snapshot } from "../restic-output.ts";
import type { Restic, RunContext } from "../restic.ts";
import { namesIn, removeTree } from "../tree.ts";
import { checkFetched, requireRoom } from "./checking.ts";
import type { Manager } from "./manager.ts";
import { stageOf, type TenantLayout } from "./tenant-layout.ts";

/** What a rehearsed restore found. */
export const drillSchema = z
  .object({
    at: z.iso.datetime(),
    tenant: z.string(),
    snapshot: z.string(),
    target: z.string(),
    /** Whether every entry and every database was as it was saved. */
    equal: z.boolean(),
    /** Whether the restored home started in a scratch tenant; `not-done` where the manager offers none. */
    boot: z.enum(["ready", "failed", "not-done"]),
    files: z.number(),
    databases: z.number(),
    durationMs: z.number(),
    problem: z.string().nullable(),
  })
  .meta({ id: "RestoreDrill" });

export type DrillResult = z.output<typeof drillSchema>;

export interface DrillParts {
  layout: TenantLayout;
  manager: Pick<Manager, "drill">;
  resticOf: (target: string) => Pick<Restic, "restore">;
  fetchList: () => Promise<Snapshot[]>;
  temporaryDir: string;
  metrics: Metrics;
  log: Log;
  clock: Clock;
  signal: AbortSignal;
}

const weekMs = 7 * 86_400_000;

/** Rehearses a restore each week, of another tenant each time: into a scratch folder, compared with what was saved, and started where the manager can. */
export class Drill {
  readonly #parts: DrillParts;
  readonly #succeeded;
  #running: Promise<DrillResult> | undefined;

  constructor(parts: DrillParts) {
    this.#parts = parts;
    this.#succeeded = parts.metrics.gauge("backup_drill_last_success_timestamp", "Moment of the last rehearsed restore that went well, in seconds since 1970.");
  }

  /** The last result; null before the first. */
  async last(): Promise<DrillResult | null> {
    try {
      return drillSchema.parse(JSON.parse(await readFile(this.#file, "utf8")));
    } catch (thrown) {
      if (systemCodeOf(thrown) === "ENOENT" || thrown instanceof SyntaxError || thrown instanceof z.ZodError) return null;
      throw thrown;
    }
  }

  /** Shared by all who ask while it runs. Throws: AppError `backup.no-snapshot` when no snapshot holds a tenant. */
  run(): Promise<DrillResult> {
    this.#running ??= this.#perform().finally(() => void (this.#running = undefined));
    return this.#running;
  }

  async #perform(): Promise<DrillResult> {
    const { layout, log, clock, fetchList } = this.#parts;
    const startedAt = clock.now();
    const { snapshot, tenant, sizeBytes } = subjectOf(await fetchList(), startedAt);
    await this.#clear();
    const name = `drill-${Math.floor(startedAt / 1_000)}`;
    const found = await this.#rehearse(snapshot, { tenant, sizeBytes, folder: join(layout.restores, name) });
    const result: DrillResult = {
      at: new Date(startedAt).toISOString(),
      tenant,
      snapshot: snapshot.id,
      target: snapshot.target,
      durationMs: clock.now() - startedAt,
      ...found,
    };
    await this.#clear();
    await writeFileAtomic(this.#file, JSON.stringify(result), 0o600);
    if (result.problem === null) this.#succeeded.set(startedAt / 1_000);
    log[result.problem === null ? "info" : "error"]("drill.finished", { ...result });
    return result;
  }

  async #rehearse(snapshot: Snapshot, { tenant, sizeBytes, folder }: { tenant: string; sizeBytes: number; folder: string }) {
    const { layout, resticOf, temporaryDir, signal } = this.#parts;
    const context: RunContext = { signal };
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await requireRoom(folder, sizeBytes);
      await resticOf(snapshot.target).restore({ snapshotId: snapshot.id, folder: stageOf(layout, tenant), target: folder }, context);
      const { tally, databases } = await checkFetched(folder, { tenant, snapshotId: snapshot.id, temporaryDir }, context);
      const { boot, problem } = await this.#start(folder);
      return { equal: true, boot, files: tally.files, databases, problem };
    } catch (thrown) {
      if (!(thrown instanceof AppError) || thrown.retryable) throw thrown;
      return { equal: false, boot: "not-done" as const, files: 0, databases: 0, problem: messageOf(thrown) };
    }
  }

  /** The manager sees the volume at a path of its own, so that it gets the part below it. */
  async #start(folder: string): Promise<Pick<DrillResult, "boot" | "problem">> {
    const answer = await this.#parts.manager.drill(`${folder.slice(this.#parts.layout.tenantsDir.length + 1)}/home`);
    if (answer === undefined) return { boot: "not-done", problem: null };
    return answer.ready ? { boot: "ready", problem: null } : { boot: "failed", problem: answer.problem ?? "it did not get ready" };
  }

  /** Also what a killed drill has left. */
  async #clear(): Promise<void> {
    const { restores } = this.#parts.layout;
    await mkdir(restores, { recursive: true, mode: 0o700 });
    for (const name of (await namesIn(restores)).filter((found) => /^drill-\d+$/.test(found))) await removeTree(join(restores, name));
  }

  get #file(): string {
    return join(this.#parts.layout.restores, "last-drill.json");
  }
}

/** The newest snapshot with tenants, and another one of its tenants each week. */
export function subjectOf(snapshots: readonly Snapshot[], now: number): { snapshot: Snapshot; tenant: string; sizeBytes: number } {
  const snapshot = snapshots.find(({ tenants }) => tenants.length > 0);
  const home = snapshot?.tenants[Math.floor(now / weekMs) % snapshot.tenants.length];
  if (snapshot === undefined || home === undefined) throw backupError("backup.no-snapshot", "No snapshot holds a tenant yet.");
  return { snapshot, tenant: home.id, sizeBytes: home.sizeBytes };
}
