import { parseArgs } from "node:util";
import { loadConfig } from "@freehold/kernel/config";
import { messageOf } from "@freehold/kernel/errors";
import { createLog } from "@freehold/kernel/log";
import { configSchema } from "./config.ts";
import { openHome } from "./home.ts";
import { takeLock } from "./lock.ts";
import { chooseSnapshot } from "./plan.ts";
import type { RunContext } from "./restic.ts";
import { finishUnfinished, restoreSnapshot, type HomeParts } from "./restoring.ts";

const usage =
  "Usage: node runtime/backup/src/restore.ts [snapshotId|latest]\nBrings the databases and the jobs' files back to a snapshot. Stop the services that use them first.";

async function restoreHome(parts: HomeParts, asked: string, context: RunContext): Promise<void> {
  await finishUnfinished(parts);
  const snapshot = chooseSnapshot(asked, await parts.restic.snapshots(context));
  const names = [...parts.passwords.keys()];
  const databases = names.filter((name) => snapshot.databases.includes(name));
  const untouched = names.filter((name) => !databases.includes(name));
  if (untouched.length > 0) parts.log.warn("restore.databases-not-in-snapshot", { untouched });
  for (const [name, password] of parts.passwords) await parts.databases.ensureRole(name, password);
  await restoreSnapshot(parts, { snapshotId: snapshot.id, databases, jobs: true }, context);
  console.log(
    `Restored snapshot ${snapshot.id.slice(0, 8)} of ${snapshot.createdAt}: ${databases.join(", ")} and the jobs' files. What it replaced is kept for a day.`,
  );
}

async function main(): Promise<void> {
  const { positionals } = parseArgs({ allowPositionals: true });
  if (positionals.length > 1) throw new Error(usage);
  const config = loadConfig(configSchema, process.env);
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stop.abort());
  const closers: (() => Promise<void>)[] = [];
  try {
    const parts = await openHome(config, createLog("backup", config.LOG_LEVEL), (closer) => closers.push(closer));
    const lock = await takeLock(parts.layout.lock);
    closers.push(() => lock.release());
    await restoreHome(parts, positionals[0] ?? "latest", { signal: stop.signal, keepOpen: lock.file });
  } finally {
    for (const closer of closers.toReversed()) await closer();
  }
}

main().catch((thrown: unknown) => {
  console.error(messageOf(thrown));
  process.exitCode = 1;
});
