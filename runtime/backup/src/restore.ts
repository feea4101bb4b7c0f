import { parseArgs } from "node:util";
import { loadConfig } from "@freehold/kernel/config";
import { messageOf } from "@freehold/kernel/errors";
import { createLog } from "@freehold/kernel/log";
import { finishInterrupted, restoreMoment, type MomentOrder } from "./archive/moment.ts";
import { configSchema } from "./config.ts";
import { openHome } from "./home.ts";
import { takeLock } from "./lock.ts";
import { chooseSnapshot } from "./plan.ts";
import type { RunContext } from "./restic.ts";
import { restoreSnapshot, snapshotsOf, type HomeParts } from "./restoring.ts";
import { z } from "zod";

const usage =
  "Usage: node runtime/backup/src/restore.ts [snapshotId|latest]\n       node runtime/backup/src/restore.ts --at 2026-11-21T20:15:00Z [--databases-only]\nBrings the databases and the jobs' files back to a snapshot or to a moment. Stop the services that use them first.";

async function restoreHome(parts: HomeParts, asked: string, context: RunContext): Promise<void> {
  const snapshot = chooseSnapshot(asked, await snapshotsOf(parts, context));
  const names = [...parts.passwords.keys()];
  const databases = names.filter((name) => snapshot.databases.includes(name));
  const untouched = names.filter((name) => !databases.includes(name));
  if (untouched.length > 0) parts.log.warn("restore.databases-not-in-snapshot", { untouched });
  for (const [name, password] of parts.passwords) await parts.databases.ensureRole(name, password);
  await restoreSnapshot(parts, { snapshotId: snapshot.id, target: snapshot.target, databases, jobs: true }, context);
  console.log(
    `Restored snapshot ${snapshot.id.slice(0, 8)} of ${snapshot.createdAt}: ${databases.join(", ")} and the jobs' files. What it replaced is kept for a day.`,
  );
}

async function restoreHomeAt(parts: HomeParts, order: MomentOrder, context: RunContext): Promise<void> {
  const { files } = await restoreMoment(parts, order, context);
  const what = files === undefined ? "The jobs' files stay as they are" : `The jobs' files are of snapshot ${files.id.slice(0, 8)} of ${files.createdAt}`;
  console.log(`Restored all databases as they were at ${new Date(order.at).toISOString()}. ${what}. What it replaced is kept for a day.`);
}

/** Shape of `at`: ISO 8601 with a time zone. Throws: Error with the usage. */
function parseOrder(): { snapshot: string } | MomentOrder {
  const options = { at: { type: "string" }, "databases-only": { type: "boolean", default: false } } as const;
  const { positionals, values } = parseArgs({ allowPositionals: true, options });
  const { at, "databases-only": databasesOnly } = values;
  if (positionals.length > (at === undefined ? 1 : 0) || (at === undefined && databasesOnly)) throw new Error(usage);
  if (at === undefined) return { snapshot: positionals[0] ?? "latest" };
  if (!z.iso.datetime({ offset: true }).safeParse(at).success)
    throw new Error(`"${at.slice(0, 80)}" is no moment with a time zone, such as 2026-11-21T20:15:00Z.\n${usage}`);
  return { at: Date.parse(at), databasesOnly };
}

async function main(): Promise<void> {
  const order = parseOrder();
  const config = loadConfig(configSchema, process.env);
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stop.abort());
  const closers: (() => Promise<void>)[] = [];
  try {
    const parts = await openHome(config, { log: createLog("backup", config.LOG_LEVEL), onClose: (closer) => void closers.push(closer), byHand: true });
    const lock = await takeLock(parts.layout.lock);
    closers.push(() => lock.release());
    const context = { signal: stop.signal, keepOpen: lock.file };
    await finishInterrupted(parts);
    await ("at" in order ? restoreHomeAt(parts, order, context) : restoreHome(parts, order.snapshot, context));
  } finally {
    for (const closer of closers.toReversed()) await closer();
  }
}

main().catch((thrown: unknown) => {
  console.error(messageOf(thrown));
  process.exitCode = 1;
});
