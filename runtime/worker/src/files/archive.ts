import { spawn } from "node:child_process";
import { once } from "node:events";
import { constants } from "node:fs";
import { opendir, readlink } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { finished } from "node:stream/promises";
import { AppError } from "@freehold/kernel/errors";
import { ZipFile } from "yazl";
import { fault } from "../errors.ts";
import { byDescriptor, openInside, translated } from "./inside.ts";
import { openFile } from "./workspace.ts";

export const archiveFormats = ["zip", "tar.gz"] as const;
export type ArchiveFormat = (typeof archiveFormats)[number];

/** The library looks through all of its entries for each of them. */
const zipEntries = 20_000;
const symlinkMode = 0o120777;

interface Member {
  /** Under the archived folder; folders end with a slash. */
  path: string;
  type: "file" | "directory" | "symlink";
}

/**
 * A folder of a workspace as an archive, made while it is read; symlinks are kept as symlinks. The signal ends it.
 * Throws: AppError `file.…`, before the first byte.
 */
export async function archiveOf(workspace: string, path: string, format: ArchiveFormat, signal: AbortSignal): Promise<Readable> {
  return format === "zip" ? zipOf(workspace, path, signal) : tarOf(workspace, path, signal);
}

/** The system's tar reads from the open folder, whatever its path leads to, and follows no symlink. */
async function tarOf(workspace: string, path: string, signal: AbortSignal): Promise<Readable> {
  const folder = await openInside(workspace, path, constants.O_DIRECTORY);
  try {
    const argv = ["--create", "--gzip", "--ignore-failed-read", "--warning=none", "--directory=/proc/self/fd/3", "."];
    const tar = spawn("tar", argv, { stdio: ["ignore", "pipe", "ignore", folder.fd], signal, killSignal: "SIGKILL" });
    const output = tar.stdout as Readable;
    tar.once("error", (error) => output.destroy(error));
    // 1: something changed while it was read, as it may where a job is at work.
    tar.once("exit", (code) => (code === 0 || code === 1 ? undefined : output.destroy(new Error(`tar ended with ${code}`))));
    await once(tar, "spawn");
    return output;
  } finally {
    await folder.close();
  }
}

async function zipOf(workspace: string, path: string, signal: AbortSignal): Promise<Readable> {
  const members = await membersOf(workspace, path);
  const zip = new ZipFile();
  const output = zip.outputStream as Readable;
  zip.on("error", (error: Error) => output.destroy(error));
  signal.addEventListener("abort", () => output.destroy(), { once: true });
  void fill(zip, members, { workspace, path, output }).catch((error: unknown) => output.destroy(error as Error));
  return output;
}

async function fill(zip: ZipFile, members: Member[], { workspace, path, output }: { workspace: string; path: string; output: Readable }): Promise<void> {
  for (const member of members) {
    if (output.destroyed) return;
    if (member.type === "directory") zip.addEmptyDirectory(zipName(member.path));
    else
      await add(zip, member, { workspace, inside: `${path}/${member.path}`, output }).catch((thrown: unknown) => {
        // What the job took away or locked since the look is left out.
        if (!(thrown instanceof AppError)) throw thrown;
      });
  }
  zip.end();
}

async function add(zip: ZipFile, member: Member, { workspace, inside, output }: { workspace: string; inside: string; output: Readable }): Promise<void> {
  if (member.type === "symlink") return zip.addBuffer(await linkTarget(workspace, inside), zipName(member.path), { mode: symlinkMode });
  const { file, modifiedAt } = await openFile(workspace, inside);
  const content = file.createReadStream({ autoClose: true });
  const gone = () => content.destroy();
  output.once("close", gone);
  zip.addReadStream(content, zipName(member.path), { mtime: modifiedAt, mode: 0o100644 });
  // One after the other: an archive of many files holds one of them open.
  await finished(content).catch((error: unknown) => {
    if (!output.destroyed) throw error;
  });
  output.off("close", gone);
}

async function linkTarget(workspace: string, inside: string): Promise<Buffer> {
  const names = inside.split("/").filter((name) => name !== "");
  const folder = await openInside(workspace, names.slice(0, -1).join("/"), constants.O_DIRECTORY);
  try {
    return await readlink(join(byDescriptor(folder), names.at(-1) ?? ""), { encoding: "buffer" });
  } catch (thrown) {
    throw translated(thrown, inside);
  } finally {
    await folder.close();
  }
}

async function membersOf(workspace: string, path: string): Promise<Member[]> {
  const members: Member[] = [];
  const folders = [""];
  for (let folder = folders.shift(); folder !== undefined; folder = folders.shift()) {
    const found = await namesIn(workspace, `${path}/${folder}`).catch((thrown: unknown) => {
      if (folder === "" || !(thrown instanceof AppError)) throw thrown;
      return [];
    });
    for (const member of found.map(({ path, type }) => ({ path: `${folder}${path}`, type }))) {
      members.push(member);
      if (member.type === "directory") folders.push(member.path);
    }
    if (members.length > zipEntries)
      throw fault("file.too-many", `The folder holds more than ${zipEntries} files, too many for a zip. Take format=tar.gz, or one of its folders.`);
  }
  return members;
}

async function namesIn(workspace: string, path: string): Promise<Member[]> {
  const folder = await openInside(workspace, path, constants.O_DIRECTORY);
  try {
    const members: Member[] = [];
    for await (const entry of await opendir(byDescriptor(folder))) {
      if (entry.isDirectory()) members.push({ path: `${entry.name}/`, type: "directory" });
      else if (entry.isFile()) members.push({ path: entry.name, type: "file" });
      else if (entry.isSymbolicLink()) members.push({ path: entry.name, type: "symlink" });
      if (members.length > zipEntries) break;
    }
    return members;
  } catch (thrown) {
    throw translated(thrown, path);
  } finally {
    await folder.close();
  }
}

/** Names that Linux takes and a zip may not have. Source: APPNOTE.TXT 4.4.17. */
const zipName = (path: string) => path.replaceAll("\\", "_").replace(/^([A-Za-z]):/, "$1_");
