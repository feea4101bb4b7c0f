import { constants } from "node:fs";
import { lstat, open, opendir, realpath, type FileHandle } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { systemCodeOf } from "@freehold/kernel/errors";
import { fault } from "../errors.ts";

const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK } = constants;
export const listedEntries = 1_000;

export interface Entry {
  name: string;
  type: "file" | "directory" | "symlink";
  sizeBytes: number;
  modifiedAt: string;
}

export interface Listing {
  path: string;
  entries: Entry[];
  /** Whether the directory holds more than is listed. */
  truncated: boolean;
}

/** Lists a directory of a job's workspace, directories first. Throws: AppError `file.…`. */
export async function listDirectory(workspace: string, path: string): Promise<Listing> {
  const directory = await openInside(workspace, path, O_DIRECTORY);
  try {
    const { names, truncated } = await namesIn(directory, path);
    const entries = (await Promise.all(names.map((name) => entryOf(directory, name)))).filter((entry) => entry !== undefined);
    const rank = (entry: Entry) => (entry.type === "directory" ? 0 : 1);
    return { path: clean(path), entries: entries.toSorted((left, right) => rank(left) - rank(right) || (left.name < right.name ? -1 : 1)), truncated };
  } finally {
    await directory.close();
  }
}

/** Opens a regular file of a job's workspace; the caller closes it. Throws: AppError `file.…`. */
export async function openFile(workspace: string, path: string): Promise<{ file: FileHandle; sizeBytes: number; modifiedAt: Date }> {
  // Without O_NONBLOCK a named pipe would hold one of the few threads that all file access shares.
  const file = await openInside(workspace, path, O_NONBLOCK);
  const found = await file.stat();
  if (found.isFile()) return { file, sizeBytes: found.size, modifiedAt: found.mtime };
  await file.close();
  throw fault("file.not-a-file", `${clean(path)} is not a regular file, so it has no content to show.`);
}

async function namesIn(directory: FileHandle, path: string): Promise<{ names: string[]; truncated: boolean }> {
  const names: string[] = [];
  try {
    for await (const { name } of await opendir(byDescriptor(directory))) {
      if (names.length === listedEntries) return { names, truncated: true };
      names.push(name);
    }
  } catch (thrown) {
    throw translated(thrown, path);
  }
  return { names, truncated: false };
}

/** Undefined for what is neither file, directory nor symlink, and for what has just gone. */
async function entryOf(directory: FileHandle, name: string): Promise<Entry | undefined> {
  const found = await lstat(join(byDescriptor(directory), name)).catch(() => undefined);
  const type = found?.isFile() ? "file" : found?.isDirectory() ? "directory" : found?.isSymbolicLink() ? "symlink" : undefined;
  return found === undefined || type === undefined ? undefined : { name, type, sizeBytes: found.size, modifiedAt: found.mtime.toISOString() };
}

/**
 * Opens a path that lies inside the workspace after all symlinks are resolved. The job can exchange any part of the path between that
 * look and the opening, so the resolved path is then walked from descriptor to descriptor, and a symlink met on the way is refused.
 */
async function openInside(workspace: string, path: string, flags: number): Promise<FileHandle> {
  if (path.includes("\0")) throw fault("file.unknown", "A path holds no NUL character.");
  try {
    const root = await realpath(workspace);
    const inside = relative(root, await realpath(join(root, `.${sep}${path}`)));
    if (inside.split(sep)[0] === "..") throw fault("file.outside", `${path} leads out of the workspace.`);
    return await walk(root, inside === "" ? [] : inside.split(sep), flags);
  } catch (thrown) {
    throw translated(thrown, path);
  }
}

async function walk(root: string, names: string[], flags: number): Promise<FileHandle> {
  let here = await open(root, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  for (const [index, name] of names.entries()) {
    const last = index === names.length - 1;
    const next = await open(join(byDescriptor(here), name), O_RDONLY | O_NOFOLLOW | (last ? flags : O_DIRECTORY)).finally(() => here.close());
    here = next;
  }
  return here;
}

/** What `openat` would be: a path relative to an open directory, whatever its name is by now. Source: proc(5). */
const byDescriptor = (directory: FileHandle) => `/proc/self/fd/${directory.fd}`;

const clean = (path: string) => join("/", path).slice(1);

function translated(thrown: unknown, path: string): unknown {
  const shown = clean(path) === "" ? "The workspace" : clean(path);
  switch (systemCodeOf(thrown)) {
    case "ENOENT":
    case "ENAMETOOLONG":
      return fault("file.unknown", `${shown} is not there.`, thrown);
    case "ENOTDIR":
      return fault("file.not-a-directory", `${shown} is not a directory.`, thrown);
    case "ELOOP":
      return fault("file.outside", `${shown} is reached by a symlink that was not followed.`, thrown);
    case "EACCES":
    case "EPERM":
    case "ENXIO":
      return fault("file.unreadable", `${shown} can't be read; the job may have changed its permissions.`, thrown);
    default:
      return thrown;
  }
}
