import { mkdir, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { writeFileAtomic } from "@freehold/kernel/files";
import { z } from "zod";
import { isReserved, stageName, type Layout } from "./layout.ts";
import { exists, namesIn, removeTree } from "./tree.ts";

/** What is to change places. Once it is on disk the exchange can only be finished, from any point and any number of times. */
const journalSchema = z.object({
  format: z.literal(1),
  snapshotId: z.string(),
  /** Folder under `replaced` that takes the old files. */
  replacedName: z.string(),
  jobs: z.boolean(),
  outgoing: z.array(z.string()),
  incoming: z.array(z.string()),
  databases: z.array(z.string()),
});

export type Journal = z.output<typeof journalSchema>;
export type SwapOrder = Pick<Journal, "snapshotId" | "databases" | "jobs"> & { startedAt: number };

export interface SwapParts {
  layout: Layout;
  /** Puts restored databases in place; must be safe to repeat. */
  swapDatabases: (names: readonly string[]) => Promise<void>;
  /** Replaceable, so that tests can cut it off. */
  move?: (from: string, to: string) => Promise<void>;
}

/** Commits to an exchange: everything restored is complete, from here on only forward. */
export async function beginSwap(layout: Layout, { snapshotId, databases, jobs, startedAt }: SwapOrder): Promise<void> {
  const outgoing = jobs ? (await readdir(layout.jobsDir)).filter((name) => !isReserved(name)) : [];
  const incoming = jobs ? (await readdir(layout.incoming)).filter((name) => name !== stageName) : [];
  const journal: Journal = { format: 1, snapshotId, replacedName: replacedNameOf(startedAt), jobs, outgoing, incoming, databases: [...databases] };
  await writeFileAtomic(layout.journal, JSON.stringify(journal), 0o600);
}

/** Finishes an exchange that was begun, by this process or by one that was killed; returns undefined when there is none. */
export async function finishSwap({ layout, swapDatabases, move = rename }: SwapParts): Promise<Journal | undefined> {
  if (!(await exists(layout.journal))) return undefined;
  const journal = journalSchema.parse(JSON.parse(await readFile(layout.journal, "utf8")));
  const replaced = join(layout.replaced, journal.replacedName);
  await mkdir(replaced, { recursive: true, mode: 0o700 });
  // All old files leave before the first new one comes: an old name that has left is in `replaced`, so a name present in both lists is never taken twice.
  for (const name of journal.outgoing) await moveOnce(join(layout.jobsDir, name), join(replaced, name), move);
  for (const name of journal.incoming) await moveOnce(join(layout.incoming, name), join(layout.jobsDir, name), move);
  await swapDatabases(journal.databases);
  if (journal.jobs) await markVolume(layout, { restoredFrom: journal.snapshotId });
  await rm(layout.journal);
  await removeTree(layout.incoming);
  return journal;
}

async function moveOnce(from: string, to: string, move: (from: string, to: string) => Promise<void>): Promise<void> {
  if ((await exists(to)) || !(await exists(from))) return;
  await move(from, to);
}

/** Says that this volume was prepared; without it a volume counts as lost. */
export const markVolume = (layout: Layout, content: { restoredFrom: string | null }): Promise<void> =>
  writeFileAtomic(layout.marker, `${JSON.stringify(content)}\n`);

const replacedNameOf = (at: number) => new Date(at).toISOString().replaceAll(":", "-");
const timeOfReplaced = (name: string) => Date.parse(name.replace(/T(\d\d)-(\d\d)-/, "T$1:$2:"));

/** Removes what restores took away before `before`; returns whether nothing is left. Units: milliseconds since 1970. */
export async function dropReplaced(layout: Layout, before: number): Promise<boolean> {
  const names = await namesIn(layout.replaced);
  const old = names.filter((name) => !(timeOfReplaced(name) >= before));
  for (const name of old) await removeTree(join(layout.replaced, name));
  return old.length === names.length;
}
