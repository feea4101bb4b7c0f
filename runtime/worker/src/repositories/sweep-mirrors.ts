import { randomUUID } from "node:crypto";
import { readdir, rename, stat } from "node:fs/promises";
import { join } from "node:path";
import { removeTree } from "../files/trash.ts";
import { repositoriesFolder } from "./repositories.ts";

const goneEnding = ".gone";

/** Deletes mirrors that no job has used for so long; the next one fetches the whole repository again. Units: milliseconds since 1970. */
export async function sweepMirrors(jobsDir: string, unusedSinceMs: number): Promise<void> {
  const folder = repositoriesFolder(jobsDir);
  for (const name of await readdir(folder).catch(() => [])) {
    if (name.endsWith(goneEnding)) await removeTree(join(folder, name));
    // Each use touches the lock. Without one the mirror has only just been made, or was never used.
    const used = await stat(join(folder, name, "freehold.lock")).catch(() => stat(join(folder, name)).catch(() => undefined));
    if (used === undefined || used.mtimeMs >= unusedSinceMs) continue;
    // Moved first: what is half deleted is no mirror any more.
    const gone = join(folder, `${randomUUID()}${goneEnding}`);
    await rename(join(folder, name), gone);
    await removeTree(gone);
  }
}
