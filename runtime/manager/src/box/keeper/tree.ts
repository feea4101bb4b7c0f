import { execFileSync } from "node:child_process";
import {
  chmodSync,
  constants,
  closeSync,
  fstatSync,
  fsyncSync,
  lstatSync,
  openSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

/** What stands at a path, itself and not where a link leads; undefined where nothing does. */
export const statOf = (path: string) => lstatSync(path, { throwIfNoEntry: false });

const isFolder = (path: string) => statOf(path)?.isDirectory() === true;

/**
 * The text of a file in a tenant's home. The tenant may have put anything in its place: a link to elsewhere, a pipe that never answers, a file of
 * any size; all of these count as no file. Shape: undefined without a usable file.
 */
export function readOwned(path: string, maxBytes: number): string | undefined {
  if (statOf(path)?.isFile() !== true) return undefined;
  const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stat = fstatSync(file);
    return stat.isFile() && stat.size <= maxBytes ? readFileSync(file, "utf8") : undefined;
  } finally {
    closeSync(file);
  }
}

/** Puts a file in place whole or not at all; whatever stood there is replaced, a link itself and not what it leads to. */
export function writeOwned(path: string, text: string): void {
  const draft = `${path}.draft`;
  rmSync(draft, { recursive: true, force: true });
  const file = openSync(draft, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, 0o600);
  try {
    writeFileSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  if (isFolder(path)) removeTree(path);
  renameSync(draft, path);
}

/** Removes a tree, also one whose folders were made unreadable. */
export function removeTree(path: string): void {
  if (isFolder(path)) openUp(path);
  rmSync(path, { recursive: true, force: true });
}

function openUp(folder: string): void {
  chmodSync(folder, 0o700);
  for (const entry of readdirSync(folder, { withFileTypes: true })) if (entry.isDirectory()) openUp(join(folder, entry.name));
}

const inodeKb = 4;

/** Units: KiB on the disk, or four for each file where that is more: empty files use up a disk as well. A tree that changes meanwhile is counted as found. */
export function sizeOf(folder: string): number {
  return Math.max(total(["-sk"], folder), inodeKb * total(["-s", "--inodes"], folder));
}

function total(options: readonly string[], folder: string): number {
  try {
    return numberIn(execFileSync("du", [...options, "--", folder], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }));
  } catch (thrown) {
    return numberIn((thrown as { stdout?: string }).stdout ?? "");
  }
}

function numberIn(output: string): number {
  const size = Number.parseInt(output, 10);
  if (Number.isNaN(size)) throw new Error(`du said nothing of the size: ${JSON.stringify(output)}`);
  return size;
}
