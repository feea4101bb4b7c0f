import { mkdir, open } from "node:fs/promises";
import { dirname } from "node:path";
import { backupError } from "./errors.ts";
import { run } from "./process.ts";

/** A lock that at most one process of the home holds; it is gone as soon as that process and all children it lent `file` to are gone. */
export interface Lock {
  /** Lend it to children by `keepOpen`. */
  file: number;
  release(): Promise<void>;
}

const conflictExitCode = 75;

/**
 * Takes the kernel's lock (flock) on a file, without waiting. Unlike a file with a process id in it, it can't be left behind.
 * Throws: AppError `backup.busy`.
 */
export async function takeLock(path: string): Promise<Lock> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const handle = await open(path, "a", 0o600);
  try {
    const args = ["--exclusive", "--nonblock", "--conflict-exit-code", String(conflictExitCode), "3"];
    const { exitCode, stderr } = await run({ program: "flock", args, timeoutMs: 10_000, keepOpen: handle.fd });
    if (exitCode === conflictExitCode)
      throw backupError("backup.busy", "Another process of this home is making or restoring a backup. Try again when it is done.");
    if (exitCode !== 0) throw backupError("backup.tool-failed", `The lock ${path} could not be taken: ${stderr}`);
    return { file: handle.fd, release: () => handle.close() };
  } catch (thrown) {
    await handle.close();
    throw thrown;
  }
}
