import { createHash } from "node:crypto";
import { mkdir, open, rm, type FileHandle } from "node:fs/promises";
import { dirname } from "node:path";
import { AppError } from "@freehold/kernel/errors";
import { fault } from "../errors.ts";
import { giveToJob } from "./job-folders.ts";
import { translated } from "./inside.ts";

/** A whole file on the disk, on its way to its place. Units: bytes. */
export interface Staged {
  path: string;
  sizeBytes: number;
  sha256: string;
}

export interface StagingOptions {
  path: string;
  limitBytes: number;
  /** What the sender announced, if it did. */
  announcedBytes?: number | undefined;
}

/**
 * Writes a stream to a file outside of every workspace, so that nobody sees a part of it; whoever stages it moves or removes it.
 * Throws: AppError `request.too-large`, `file.no-space`; then nothing is left.
 */
export async function stage(content: AsyncIterable<Uint8Array>, { path, limitBytes, announcedBytes }: StagingOptions): Promise<Staged> {
  if ((announcedBytes ?? 0) > limitBytes) throw tooLarge(limitBytes);
  await mkdir(dirname(path), { recursive: true, mode: 0o755 });
  await giveToJob(dirname(path));
  const file = await open(path, "wx", 0o644);
  try {
    const written = await writeAll(file, content, limitBytes);
    if (announcedBytes !== undefined && written.sizeBytes !== announcedBytes)
      throw new AppError("request.malformed", `The body has ${written.sizeBytes} bytes instead of the announced ${announcedBytes}.`, { status: 400 });
    await giveToJob(file);
    await file.sync();
    return { path, ...written };
  } catch (thrown) {
    await rm(path, { force: true });
    throw translated(thrown, "The upload");
  } finally {
    await file.close();
  }
}

async function writeAll(file: FileHandle, content: AsyncIterable<Uint8Array>, limitBytes: number): Promise<{ sizeBytes: number; sha256: string }> {
  const hash = createHash("sha256");
  let sizeBytes = 0;
  for await (const piece of content) {
    sizeBytes += piece.length;
    if (sizeBytes > limitBytes) throw tooLarge(limitBytes);
    hash.update(piece);
    for (let at = 0; at < piece.length;) at += (await file.write(piece, at)).bytesWritten;
  }
  return { sizeBytes, sha256: hash.digest("hex") };
}

const tooLarge = (limitBytes: number) =>
  fault("file.too-large", `A file may have ${limitBytes} bytes at most; this one has more. Raise FILE_LIMIT_MB, or split it.`);
