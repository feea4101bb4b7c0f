import { createHash } from "node:crypto";
import { lstatSync, readlinkSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";

/** What a tree holds, in figures and as one digest of every entry's path, kind, mode, size, time and target. restic vouches for the bytes themselves. */
export const tallySchema = z.object({
  files: z.number().int().nonnegative(),
  folders: z.number().int().nonnegative(),
  links: z.number().int().nonnegative(),
  sizeBytes: z.number().nonnegative(),
  digest: z.string().regex(/^[0-9a-f]{64}$/),
});

export type Tally = z.output<typeof tallySchema>;

/** Equal trees have equal tallies, on every machine. Folders' own times are left out: putting files back changes them. */
export async function tallyOf(root: string): Promise<Tally> {
  const tally = { files: 0, folders: 0, links: 0, sizeBytes: 0 };
  const hash = createHash("sha256");
  const visit = async (path: string) => {
    const entries = (await readdir(join(root, path), { withFileTypes: true })).toSorted((left, right) => (left.name < right.name ? -1 : 1));
    for (const entry of entries) {
      const below = path === "" ? entry.name : `${path}/${entry.name}`;
      hash.update(describe(root, below, tally));
      if (entry.isDirectory()) await visit(below);
    }
  };
  await visit("");
  return { ...tally, digest: hash.digest("hex") };
}

/** Without a promise: a look at an entry takes microseconds, and the way of a promise twenty times as long. */
function describe(root: string, path: string, tally: Omit<Tally, "digest">): string {
  const full = join(root, path);
  const stats = lstatSync(full, { bigint: true });
  const mode = (stats.mode & 0o7777n).toString(8);
  if (stats.isDirectory()) {
    tally.folders += 1;
    return `d\0${path}\0${mode}\n`;
  }
  if (stats.isSymbolicLink()) {
    tally.links += 1;
    return `l\0${path}\0${readlinkSync(full)}\n`;
  }
  tally.files += 1;
  tally.sizeBytes += Number(stats.size);
  return `f\0${path}\0${mode}\0${stats.size}\0${stats.mtimeNs}\n`;
}

/** What differs, in words; undefined when nothing does. */
export function differenceOf(expected: Tally, found: Tally): string | undefined {
  for (const what of ["files", "folders", "links", "sizeBytes"] as const)
    if (expected[what] !== found[what]) return `${what}: ${found[what]} instead of ${expected[what]}`;
  return expected.digest === found.digest ? undefined : "paths, modes, times or link targets";
}
