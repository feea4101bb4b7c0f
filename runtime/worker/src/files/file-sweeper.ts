import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "@freehold/kernel/clock";
import type { Log } from "@freehold/kernel/log";
import type { Pool } from "@freehold/kernel/postgres";
import { Loop } from "@freehold/kernel/loop";
import { foldersOf, uploadsFolder } from "./job-folders.ts";
import { sweepUploads } from "../inputs/uploads.ts";
import { sweepMirrors } from "../repositories/sweep-mirrors.ts";
import { sweepTrash } from "./trash.ts";

const partKeptMs = 3_600_000;

export interface FileSweeperParts {
  pool: Pool;
  clock: Clock;
  log: Log;
  jobsDir: string;
}

/** Deletes what nobody will ask for any more: old trash, and uploads that broke off. Any number of workers may do it at once. */
export function createFileSweeper(
  { pool, clock, log, jobsDir }: FileSweeperParts,
  { everyMs, trashKeptMs, uploadKeptMs, mirrorKeptMs }: { everyMs: number; trashKeptMs: number; uploadKeptMs: number; mirrorKeptMs: number },
): Loop {
  return new Loop({
    everyMs,
    action: async () => {
      await sweepTrash(pool, (jobId) => foldersOf(jobsDir, jobId), trashKeptMs);
      await sweepUploads(pool, jobsDir, uploadKeptMs);
      await sweepMirrors(jobsDir, clock.now() - mirrorKeptMs);
      await sweepParts(uploadsFolder(jobsDir), clock.now() - partKeptMs);
    },
    onError: (error) => log.warn("worker.sweep-failed", { sweep: "files", error }),
  });
}

/** A part that has not grown for so long has lost its writer. */
async function sweepParts(folder: string, beforeMs: number): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names.filter((one) => one.endsWith(".part"))) {
    const found = await stat(join(folder, name)).catch(() => undefined);
    if (found !== undefined && found.mtimeMs < beforeMs) await rm(join(folder, name), { force: true });
  }
}
