import { existsSync, readdirSync, readFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { dataFolder } from "../data-folder.ts";
import { Failure } from "./failure.ts";
import { run } from "./run.ts";
import type { Stack } from "./stack.ts";

/** Pulumi's file backend locks a stack by such a file. Source: github.com/pulumi/pulumi pkg/backend/diy/lock.go (3.232). */
export interface Lock {
  pid: number;
  hostname: string;
  timestamp: string;
}

export interface PendingOperation {
  type: string;
  resource: { type: string; urn: string; inputs?: { name?: string } };
}

/** Units: milliseconds. Longer than the first start on a slow machine takes. */
const longestWaitMs = 30 * 60_000;

/** Waits for another Pulumi run on the stack, and clears away what a run left that was cut off: its lock, and what it had begun to make. Throws: Failure. */
export async function clearInterrupted(stack: Stack): Promise<void> {
  if (await awaitLocks(stack)) await forgetPending(stack);
}

/** Says whether a stale lock was found and removed. */
async function awaitLocks(stack: Stack): Promise<boolean> {
  const until = Date.now() + longestWaitMs;
  for (let told = false; ; await delay(1_000)) {
    const locks = readLocks(stack);
    if (locks.length === 0) return false;
    const elsewhere = locks.find((lock) => lock.hostname !== hostname());
    if (elsewhere !== undefined)
      throw new Failure(
        `The stack ${stack.name} is in use on ${elsewhere.hostname} since ${elsewhere.timestamp}.`,
        `Wait for it. If that machine no longer works on it: npm run freehold -- pulumi cancel --stack ${stack.name}`,
      );
    const holder = locks.find(({ pid }) => isPulumi(pid));
    if (holder === undefined) {
      console.log(`An earlier run on the stack ${stack.name} was cut off; it goes on from there.`);
      await stack.quietly("cancel", "--yes", "--stack", stack.name);
      return true;
    }
    if (!told) console.log(`Another Pulumi run (process ${holder.pid}) works on the stack ${stack.name}; waiting for it …`);
    told = true;
    if (Date.now() > until)
      throw new Failure(
        `The Pulumi run of process ${holder.pid} has held the stack ${stack.name} for more than half an hour.`,
        `Look at what it does; to end it: kill ${holder.pid}`,
      );
  }
}

function readLocks(stack: Stack): Lock[] {
  const folder = join(dataFolder(stack.environment), "state/.pulumi/locks/organization/freehold", stack.name);
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder).filter((file) => file.endsWith(".json"));
  return files.flatMap((file) => {
    try {
      return [JSON.parse(readFileSync(join(folder, file), "utf8")) as Lock];
    } catch {
      // Gone since, or half written by a run that has only just begun: the next look tells.
      return [];
    }
  });
}

/** Whether the process is there and is Pulumi: after a restart of the machine its number may be somebody else's. */
function isPulumi(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === "ESRCH") return false;
  }
  const name = `/proc/${pid}/comm`;
  return !existsSync(name) || readFileSync(name, "utf8").trim() === "pulumi";
}

/**
 * The Docker objects that may be there although the state doesn't have them: their names would be taken when they are made again.
 * Volumes are never among them: they hold data, and Docker makes a volume that is there already without a complaint.
 */
export function halfMade(pending: readonly PendingOperation[]): { kind: "container" | "network"; name: string }[] {
  const kinds = new Map([
    ["docker:index/container:Container", "container"],
    ["docker:index/network:Network", "network"],
  ] as const);
  return pending.flatMap(({ type, resource }) => {
    const kind = kinds.get(resource.type as never);
    const name = resource.inputs?.name;
    return type === "creating" && kind !== undefined && name !== undefined ? [{ kind, name }] : [];
  });
}

async function forgetPending(stack: Stack): Promise<void> {
  const { code, stdout } = await stack.quietly("stack", "export", "--stack", stack.name);
  if (code !== 0) return;
  const exported = JSON.parse(stdout) as { deployment?: { pending_operations?: PendingOperation[] } };
  const pending = exported.deployment?.pending_operations ?? [];
  if (pending.length === 0) return;
  for (const { kind, name } of halfMade(pending)) {
    const { code: gone } = await run("docker", kind === "container" ? ["container", "rm", "--force", name] : ["network", "rm", name]);
    if (gone === 0) console.log(`  The half-made ${kind} ${name} was removed; it is made again.`);
  }
  delete exported.deployment?.pending_operations;
  const { code: imported, stderr } = await stack.withInput(JSON.stringify(exported), "stack", "import", "--stack", stack.name);
  if (imported !== 0) throw new Failure(`Pulumi could not clear what a cut-off run left: ${stderr.trim()}`, "npm run freehold -- doctor checks the tools.");
}
