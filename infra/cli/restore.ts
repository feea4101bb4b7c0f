import { Failure } from "./failure.ts";
import { runAttached } from "./run.ts";

/** The services that hold databases or files open; they rest while these are put back. */
const users = ["console", "worker", "manager", "gateway"];

/**
 * Brings a home's databases and files back to a snapshot or a moment, in place. Services are started again whatever happens;
 * the restore itself is safe to repeat after an interruption.
 */
export async function restoreHome(prefix: string, target: RestoreTarget): Promise<void> {
  const argv = restoreArguments(target);
  const containers = users.map((name) => `${prefix}-${name}`);
  try {
    await must(["stop", "--time", "15", ...containers], "The services could not be stopped.");
    await must(
      ["exec", `${prefix}-backup`, "node", "runtime/backup/src/restore.ts", ...argv],
      "The restore failed; its message above says why. Nothing was put in place half-way.",
    );
  } finally {
    await runAttached("docker", ["start", ...containers.toReversed()]);
  }
}

/** A snapshot by its id, or a moment. */
export type RestoreTarget = { snapshot: string } | { at: string; databasesOnly: boolean };

/** Throws: Failure for what is neither a snapshot's id nor a moment. */
export function restoreArguments(target: RestoreTarget): string[] {
  if ("at" in target) {
    if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/.test(target.at) || Number.isNaN(Date.parse(target.at)))
      throw new Failure(`"${target.at}" is no moment.`, "Give one with a time zone, such as 2026-11-21T20:15:00Z.");
    return ["--at", new Date(target.at).toISOString(), ...(target.databasesOnly ? ["--databases-only"] : [])];
  }
  if (!/^(latest|[0-9a-f]{8,64})$/.test(target.snapshot))
    throw new Failure(`"${target.snapshot}" is no snapshot.`, "Give `latest`, or an id from `npm run freehold -- backups`.");
  return [target.snapshot];
}

async function must(argv: string[], failure: string): Promise<void> {
  if ((await runAttached("docker", argv)) !== 0) throw new Failure(failure, "Mend the cause (is the home up? `npm run freehold -- status`) and run it again.");
}
