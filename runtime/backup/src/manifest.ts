import { z } from "zod";
import { backupError } from "./errors.ts";
import { tallySchema } from "./tenants/tally.ts";

/** What a snapshot says about itself. `format` grows when an older release could no longer restore it. */
const manifestSchema = z.object({
  format: z.literal(1),
  createdAt: z.iso.datetime(),
  /** Homes of tenants that are in it, and those that should have been. Snapshots of older releases have none. */
  tenants: z.array(z.object({ id: z.string(), pauseMs: z.number(), tally: tallySchema, skipped: z.array(z.string()) })).default([]),
  missedTenants: z.array(z.object({ id: z.string(), code: z.string(), message: z.string() })).default([]),
  databases: z.array(z.object({ name: z.string(), sizeBytes: z.number(), sha256: z.string().regex(/^[0-9a-f]{64}$/) })),
});

export type Manifest = z.output<typeof manifestSchema>;
export type DumpRecord = Manifest["databases"][number];

/** Throws: AppError `backup.bad-snapshot`. */
export function parseManifest(text: string, snapshotId: string): Manifest {
  const raw = readJson(text, snapshotId);
  const format = (raw as { format?: unknown } | null)?.format;
  if (typeof format === "number" && format > 1)
    throw backupError(
      "backup.bad-snapshot",
      `Snapshot ${snapshotId} has format ${format}, made by a newer release. Restore it with that release, or choose an older snapshot.`,
    );
  const parsed = manifestSchema.safeParse(raw);
  if (parsed.success) return parsed.data;
  throw unreadable(snapshotId);
}

/** Throws: AppError `backup.bad-snapshot` that names the first dump that is missing or is not what was saved. */
export function checkDumps(manifest: Manifest, found: readonly DumpRecord[], snapshotId: string): void {
  for (const { name, sha256 } of manifest.databases) {
    const dump = found.find((candidate) => candidate.name === name);
    if (dump?.sha256 === sha256) continue;
    const problem = dump === undefined ? "is missing" : `has ${dump.sizeBytes} bytes that are not those that were saved`;
    throw backupError("backup.bad-snapshot", `The dump of database ${name} in snapshot ${snapshotId} ${problem}. Choose another snapshot.`);
  }
}

function readJson(text: string, snapshotId: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw unreadable(snapshotId);
  }
}

const unreadable = (snapshotId: string) => backupError("backup.bad-snapshot", `Snapshot ${snapshotId} holds no manifest of a home. Choose another snapshot.`);
