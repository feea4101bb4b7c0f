import { readFileSync, writeFileSync } from "node:fs";
import type { Command } from "commander";
import type { Progress } from "../setup/progress.ts";
import { describeSnapshot, listSnapshots, takeSnapshot } from "./backups.ts";
import { Failure } from "./failure.ts";
import type { HomeClient } from "./home-client.ts";
import { basename } from "node:path";
import { collectKit, readKit, renderKit, stateOf, unpackKit, withState } from "./recovery-kit.ts";
import { restoreHome } from "./restore.ts";
import type { Stack } from "./stack.ts";
import { stackName } from "./stack-name.ts";
import { bringUp } from "./start.ts";

export interface RecoveryContext {
  standardStack: string;
  withHome<T>(stack: string, use: (home: HomeClient) => Promise<T>): Promise<T>;
  openStack(name: string): Promise<Pick<Stack, "select" | "outputs" | "exportState" | "adoptState">>;
  progress: Progress;
}

/** `freehold backups`, `restore` and `recovery-kit`: what is kept of a home, and how it comes back. */
export function addRecovery(program: Command, { standardStack, withHome, openStack, progress }: RecoveryContext): void {
  program
    .command("backups")
    .argument("[stack]", "which home", stackName, standardStack)
    .option("--now", "take one first")
    .description("list the snapshots in the bucket")
    .action((name: string, { now }: { now?: true }) =>
      withHome(name, async (home) => {
        if (now) await takeSnapshot(home);
        const snapshots = await listSnapshots(home);
        console.log(snapshots.length === 0 ? "No snapshot yet. Take one: npm run freehold -- backups --now" : snapshots.map(describeSnapshot).join("\n"));
      }),
    );

  program
    .command("restore")
    .argument("[what]", "an id from `freehold backups`, or latest; or a tenant, whose files alone are brought back")
    .argument("[when]", "of a tenant: a day such as 2026-11-20 (until its end, in UTC), a time, or a snapshot's id")
    .option("--at <moment>", "a moment instead, such as 2026-11-21T20:15:00Z: all databases as they were then")
    .option("--databases-only", "with --at: leave the jobs' files as they are")
    .option("--stack <name>", "which home", stackName, standardStack)
    .option("--kit <file>", "bring a whole home up on an empty machine, from its recovery kit alone")
    .description("put the databases and the jobs' files back to a snapshot or to a moment, or one tenant to a day")
    .action(async (what: string | undefined, when: string | undefined, options: RestoreOptions) => {
      if (options.kit !== undefined) return restoreFromKit(options.kit, openStack, progress);
      if (options.at === undefined && what !== undefined && (when !== undefined || !isSnapshot(what))) {
        if (!/^[a-z][a-z0-9-]+$/.test(what))
          throw new Failure(
            `"${what}" is no snapshot, and no tenant's name.`,
            "Give an id from `npm run freehold -- backups`, or a tenant of `npm run freehold -- tenants ls`.",
          );
        const asked = when === undefined ? [what] : [what, when];
        return void (await program.parseAsync(["tenants", "restore", "--", ...asked], { from: "user" }));
      }
      await restoreWholeHome(what, options);
    });

  program
    .command("recovery-kit")
    .argument("[stack]", "which home", stackName, standardStack)
    .option("--out <file>", "write it to a new file that only you can read, instead of printing it")
    .description("what you need to bring the home back on an empty machine; keep it elsewhere")
    .action(async (name: string, { out }: { out?: string }) => {
      const stack = await openStack(name);
      const kit = collectKit(name, process.env, (await stack.outputs()).backups ?? []);
      if (out === undefined) return console.log(renderKit(kit, new Date()));
      writeNew(out, renderKit(withState(kit, await stack.exportState()), new Date()));
      console.log(`The recovery kit is in ${out}. Move it away from this machine: who has it can read every backup.`);
    });
}

interface RestoreOptions {
  stack: string;
  at?: string;
  databasesOnly?: boolean;
  kit?: string;
}

const isSnapshot = (text: string): boolean => /^(latest|[0-9a-f]{8,64})$/.test(text);

async function restoreWholeHome(snapshot: string | undefined, { stack, at, databasesOnly = false }: RestoreOptions): Promise<void> {
  if (snapshot !== undefined && at !== undefined) throw new Failure("A snapshot and a moment were given.", "Give one of them.");
  if (databasesOnly && at === undefined) throw new Failure("--databases-only goes with --at alone.", "Give a moment, such as --at 2026-11-21T20:15:00Z.");
  await restoreHome(`freehold-${stack}`, at === undefined ? { snapshot: snapshot ?? "latest" } : { at, databasesOnly });
  console.log(`The home ${stack} is back at ${at ?? `snapshot ${snapshot ?? "latest"}`}.`);
}

function writeNew(file: string, text: string): void {
  try {
    writeFileSync(file, text, { mode: 0o600, flag: "wx", flush: true });
  } catch (thrown) {
    throw new Failure(`The kit can't be written: ${(thrown as Error).message}`, "Give the name of a new file, in a folder that you may write to.");
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (thrown) {
    throw new Failure(`The kit can't be read: ${(thrown as Error).message}`, "Give the file in which the sheet was saved.");
  }
}

async function restoreFromKit(file: string, openStack: RecoveryContext["openStack"], progress: Progress): Promise<void> {
  const kit = readKit(read(file));
  const { replaced } = unpackKit(kit, process.env);
  if (replaced !== undefined)
    console.log(`The settings in Pulumi.${kit.stack}.yaml are the kit's now; those of this checkout are kept in ${basename(replaced)}.`);
  const state = stateOf(kit);
  if (state !== undefined) {
    const stack = await openStack(kit.stack);
    await stack.select();
    await stack.adoptState(state);
  }
  console.log(`The home ${kit.stack} comes up, and brings back everything that its newest backups hold before it is ready.`);
  const { urls } = await bringUp(kit.stack, progress, { takeOver: true });
  console.log(`The home ${kit.stack} is back: ${urls.console}`);
}
