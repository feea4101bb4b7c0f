import { constants } from "node:fs";
import { lstat, mkdir, open, realpath, rename, type FileHandle } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { AppError, systemCodeOf } from "@freehold/kernel/errors";
import { fault } from "../errors.ts";
import { giveToJob } from "./job-folders.ts";
import { byDescriptor, openInside, translated } from "./inside.ts";
import { namesOf, newNamesOf } from "./names.ts";
import { entryOf, type Entry } from "./workspace.ts";

const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = constants;

/** An open folder and a name in it: what is done there is done in that folder, whatever its path leads to by now. */
interface Spot {
  folder: FileHandle;
  name: string;
}

export type PlacedEntry = Entry & { path: string };

/**
 * Moves a staged file to a path of the workspace, in one step: a job that reads it sees the old file or the new one. Missing folders are made; a
 * symlink is followed as far as it stays inside. Throws: AppError `file.…`.
 */
export async function placeFile(workspace: string, path: string, staged: string): Promise<{ entry: PlacedEntry; created: boolean }> {
  const names = await followed(workspace, newNamesOf(path));
  return at(workspace, names, { make: true }, async ({ folder, name }) => {
    const spot = join(byDescriptor(folder), name);
    const before = await lstat(spot).catch(() => undefined);
    if (before !== undefined && !before.isFile() && !before.isSymbolicLink()) throw fault("file.not-a-file", `${path} is there and is no file.`);
    if (before?.isFile() === true) await keepMode(staged, before.mode);
    await rename(staged, spot);
    await folder.sync();
    return { entry: await shown(folder, name, names), created: before === undefined };
  });
}

/** Throws: AppError `file.…`. */
export async function makeFolder(workspace: string, path: string): Promise<PlacedEntry> {
  const names = newNamesOf(path);
  return at(workspace, names, { make: true }, async ({ folder, name }) => {
    await mkdir(join(byDescriptor(folder), name), { mode: 0o755 });
    await giveToJob(join(byDescriptor(folder), name));
    return shown(folder, name, names);
  });
}

/** Gives something another name or place; nothing is replaced by it. Throws: AppError `file.…`. */
export async function moveEntry(workspace: string, from: string, to: string): Promise<PlacedEntry> {
  const names = newNamesOf(to);
  const sources = namesOf(from);
  if (`${names.join("/")}/`.startsWith(`${sources.join("/")}/`))
    throw fault("file.bad-path", `${from} can't be moved to ${to}, which is itself or a part of it.`);
  return at(workspace, sources, { make: false }, async (source) => {
    await lstat(join(byDescriptor(source.folder), source.name));
    return at(workspace, names, { make: true }, async (target) => {
      // A file that the job makes between the look and the move is replaced; there is no call for both in one.
      await refuseTaken(join(byDescriptor(target.folder), target.name), to);
      await rename(join(byDescriptor(source.folder), source.name), join(byDescriptor(target.folder), target.name));
      return shown(target.folder, target.name, names);
    });
  });
}

/** Moves something of the workspace to a path outside of it. Throws: AppError `file.…`. */
export async function takeOut(workspace: string, path: string, target: string): Promise<void> {
  await at(workspace, namesOf(path), { make: false }, async ({ folder, name }) => rename(join(byDescriptor(folder), name), target));
}

/** Moves something back to where it was taken out. Throws: AppError `file.exists` when the place is taken by now. */
export async function putBack(workspace: string, path: string, source: string): Promise<PlacedEntry> {
  const names = namesOf(path);
  return at(workspace, names, { make: true }, async ({ folder, name }) => {
    await refuseTaken(join(byDescriptor(folder), name), path);
    await rename(source, join(byDescriptor(folder), name));
    return shown(folder, name, names);
  });
}

async function refuseTaken(spot: string, path: string): Promise<void> {
  if ((await lstat(spot).catch(() => undefined)) !== undefined)
    throw fault("file.exists", `${path} is there already; take another name, or delete that first.`);
}

async function keepMode(staged: string, mode: number): Promise<void> {
  const file = await open(staged, O_RDONLY | O_NOFOLLOW);
  await file.chmod(mode & 0o777).finally(() => file.close());
}

async function shown(folder: FileHandle, name: string, names: string[]): Promise<PlacedEntry> {
  const entry = await entryOf(folder, name);
  if (entry === undefined) throw fault("file.unknown", `${names.join("/")} was taken away at the same moment.`);
  return { path: names.join("/"), ...entry };
}

/** Where a symlink at the very end leads, if it stays inside; a path that ends with none is itself. */
async function followed(workspace: string, names: string[]): Promise<string[]> {
  const root = await realpath(workspace);
  const found = await realpath(join(root, ...names)).catch(() => undefined);
  if (found === undefined) return names;
  const inside = relative(root, found).split(sep);
  if (inside[0] === "..") throw fault("file.outside", `${names.join("/")} leads out of the workspace.`);
  return inside[0] === "" ? names : inside;
}

async function at<T>(workspace: string, names: string[], { make }: { make: boolean }, action: (spot: Spot) => Promise<T>): Promise<T> {
  const folder = await openFolder(workspace, names.slice(0, -1), make);
  try {
    return await action({ folder, name: names.at(-1) ?? "" });
  } catch (thrown) {
    throw translated(thrown, names.join("/"));
  } finally {
    await folder.close();
  }
}

/** Opens a folder of the workspace; with `make`, what is missing of its path is made, from the deepest part that is there. */
async function openFolder(workspace: string, names: string[], make: boolean): Promise<FileHandle> {
  for (let known = names.length; ; known--) {
    try {
      return await makeBelow(await openInside(workspace, names.slice(0, known).join("/"), O_DIRECTORY), names.slice(known));
    } catch (thrown) {
      const missing = make && known > 0 && thrown instanceof AppError && thrown.code === "file.unknown";
      if (!missing) throw translated(thrown, names.join("/"));
    }
  }
}

async function makeBelow(folder: FileHandle, names: string[]): Promise<FileHandle> {
  let here = folder;
  for (const name of names) {
    const spot = join(byDescriptor(here), name);
    const below = await makeAndOpen(spot).finally(() => here.close());
    here = below;
  }
  return here;
}

async function makeAndOpen(spot: string): Promise<FileHandle> {
  const made = await mkdir(spot, { mode: 0o755 }).then(
    () => true,
    (thrown: unknown) => {
      if (systemCodeOf(thrown) === "EEXIST") return false;
      throw thrown;
    },
  );
  const below = await open(spot, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  if (made) await giveToJob(below);
  return below;
}
