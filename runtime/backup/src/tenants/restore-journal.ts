import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { writeFileAtomic } from "@freehold/kernel/files";
import { z } from "zod";
import { namesIn } from "../tree.ts";
import type { TenantLayout } from "./tenant-layout.ts";

export const restoreStates = ["fetching", "verifying", "handing-over", "done", "failed"] as const;

/** One tenant's way back, on disk before its first step, so that a service that is killed goes on with it. */
export const restoreSchema = z
  .object({
    id: z.string(),
    tenant: z.string(),
    /** The tenant that gets the home. */
    into: z.string(),
    snapshot: z.string(),
    target: z.string(),
    /** Of when the snapshot is. */
    snapshotAt: z.iso.datetime(),
    sizeBytes: z.number(),
    state: z.enum(restoreStates),
    startedAt: z.iso.datetime(),
    endedAt: z.iso.datetime().nullable(),
    /** How often a step failed for a passing reason. */
    failures: z.number().int(),
    problem: z.object({ code: z.string(), message: z.string() }).nullable(),
    /** What was compared before the home was handed over. */
    verified: z.object({ files: z.number(), sizeBytes: z.number(), databases: z.number() }).nullable(),
  })
  .meta({ id: "TenantRestore" });

export type TenantRestore = z.output<typeof restoreSchema>;

export const isEnded = ({ state }: TenantRestore): boolean => state === "done" || state === "failed";

const namePattern = /^([a-z][a-z0-9-]*-\d+)\.json$/;
export const restoreIdPattern = /^[a-z][a-z0-9-]{0,31}-\d{1,15}$/;

/** The journals of restores, one file each. */
export class RestoreJournal {
  readonly #folder: string;

  constructor(layout: TenantLayout) {
    this.#folder = layout.restores;
  }

  async write(restore: TenantRestore): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    await writeFileAtomic(join(this.#folder, `${restore.id}.json`), JSON.stringify(restore), 0o600);
  }

  /** Oldest first. A file that is none of ours is passed over. */
  async readAll(): Promise<TenantRestore[]> {
    const names = (await namesIn(this.#folder)).filter((name) => namePattern.test(name));
    const read = await Promise.all(names.map(async (name) => restoreSchema.safeParse(JSON.parse(await readFile(join(this.#folder, name), "utf8")))));
    return read.flatMap(({ data }) => data ?? []).toSorted((left, right) => left.startedAt.localeCompare(right.startedAt));
  }

  async remove(id: string): Promise<void> {
    await rm(join(this.#folder, `${id}.json`), { force: true });
  }
}
