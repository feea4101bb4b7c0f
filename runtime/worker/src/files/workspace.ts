import { constants } from "node:fs";
import { lstat, opendir, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { fault } from "../errors.ts";
import { byDescriptor, clean, openInside, translated } from "./inside.ts";

const { O_DIRECTORY, O_NONBLOCK } = constants;
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
export async function entryOf(directory: FileHandle, name: string): Promise<Entry | undefined> {
  const found = await lstat(join(byDescriptor(directory), name)).catch(() => undefined);
  const type = found?.isFile() ? "file" : found?.isDirectory() ? "directory" : found?.isSymbolicLink() ? "symlink" : undefined;
  return found === undefined || type === undefined ? undefined : { name, type, sizeBytes: found.size, modifiedAt: found.mtime.toISOString() };
}
