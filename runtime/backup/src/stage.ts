import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { writeFileAtomic } from "@freehold/kernel/files";
import type { DumpTools } from "./dump.ts";
import type { Layout } from "./layout.ts";
import type { DumpRecord, Manifest } from "./manifest.ts";
import type { RunContext } from "./restic.ts";
import type { StagedTenants } from "./tenants/staging.ts";

export interface Staging {
  layout: Layout;
  tools: Pick<DumpTools, "dump">;
  databases: readonly string[];
  stageHomes: () => Promise<StagedTenants>;
  /** Units: milliseconds since 1970. */
  startedAt: number;
}

/**
 * Lays a dump of every database and all tenants' homes beside the jobs' files, so that one run of restic takes all.
 * These come first: whatever the databases call finished has its files complete by the time those are read.
 */
export async function fillStage({ layout, tools, databases, stageHomes, startedAt }: Staging, context: RunContext): Promise<StagedTenants> {
  await emptyStage(layout);
  await mkdir(layout.stagedDatabases, { recursive: true, mode: 0o700 });
  // All at once: a dump is small, and most of its time is spent waiting.
  const dumps = databases.map((name) => tools.dump(name, join(layout.stagedDatabases, dumpFile(name)), context));
  // Whoever fails, nothing may go on writing after this.
  const homes = stageHomes();
  for (const ended of await Promise.allSettled([homes, ...dumps])) if (ended.status === "rejected") throw ended.reason;
  const { staged, missed } = await homes;
  const manifest: Manifest = {
    format: 1,
    createdAt: new Date(startedAt).toISOString(),
    tenants: staged,
    missedTenants: missed,
    databases: await readDumps(layout.stagedDatabases),
  };
  await writeFileAtomic(layout.stagedManifest, JSON.stringify(manifest, null, 2), 0o600);
  return { staged, missed };
}

export const emptyStage = (layout: Layout): Promise<void> => rm(layout.stage, { recursive: true, force: true });

export const dumpFile = (database: string): string => `${database}.dump`;

/** What lies in a folder of dumps. */
export async function readDumps(folder: string): Promise<DumpRecord[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith(".dump")).toSorted();
  return Promise.all(
    files.map(async (file) => {
      const path = join(folder, file);
      const hash = createHash("sha256");
      await pipeline(createReadStream(path), hash);
      return { name: file.slice(0, -".dump".length), sizeBytes: (await stat(path)).size, sha256: hash.digest("hex") };
    }),
  );
}
