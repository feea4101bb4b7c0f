import { Failure } from "./failure.ts";
import { runAttached } from "./run.ts";

/** The services that hold databases or files open; they rest while these are put back. */
const users = ["console", "worker", "gateway"];

/**
 * Brings a home's databases and files back to a snapshot, in place. Services are started again whatever happens;
 * the restore itself is safe to repeat after an interruption.
 */
export async function restoreHome(prefix: string, snapshot: string): Promise<void> {
  if (!/^(latest|[0-9a-f]{8,64})$/.test(snapshot))
    throw new Failure(`"${snapshot}" is no snapshot.`, "Give `latest`, or an id from `npm run freehold -- backups`.");
  const containers = users.map((name) => `${prefix}-${name}`);
  try {
    await must(["stop", "--time", "15", ...containers], "The services could not be stopped.");
    await must(
      ["exec", `${prefix}-backup`, "node", "runtime/backup/src/restore.ts", snapshot],
      "The restore failed; its message above says why. Nothing was put in place half-way.",
    );
  } finally {
    await runAttached("docker", ["start", ...containers.toReversed()]);
  }
}

async function must(argv: string[], failure: string): Promise<void> {
  if ((await runAttached("docker", argv)) !== 0) throw new Failure(failure, "Mend the cause (is the home up? `npm run freehold -- status`) and run it again.");
}
