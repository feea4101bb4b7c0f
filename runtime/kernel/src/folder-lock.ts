import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { AppError, messageOf } from "./errors.ts";

/** A lock that nobody refers to any more would be collected as garbage, and with that given back. */
const held = new Set<DatabaseSync>();

/**
 * Makes a folder, for its owner alone, and holds it for this process until it ends, however it ends; answers with what gives it back.
 * The lock is one of the system's, by way of SQLite: Node has no other, and one made of files would outlive a killed process.
 * Throws: AppError `folder.in-use` when another process holds it, `folder.unusable` when it can't be made or written.
 */
export function lockFolder(folder: string): () => void {
  const holder = join(folder, "process-id");
  let lock: DatabaseSync | undefined;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    lock = new DatabaseSync(join(folder, "lock"));
    lock.exec("pragma journal_mode = off; begin exclusive");
    writeFileSync(holder, `${process.pid}\n`);
  } catch (cause) {
    lock?.close();
    if (!isBusy(cause))
      throw new AppError("folder.unusable", `The folder ${folder} can't be used: ${messageOf(cause)}. Make it writable for you, or name another one.`, {
        cause,
      });
    throw new AppError("folder.in-use", `The folder ${folder} is in use by another process (${readHolder(holder)}). Stop that one, or name another folder.`);
  }
  const taken = lock;
  held.add(taken);
  return () => {
    held.delete(taken);
    taken.close();
  };
}

/** Source: SQLite, result codes: SQLITE_BUSY. */
const isBusy = (thrown: unknown): boolean => (thrown as { errcode?: number }).errcode === 5;

function readHolder(file: string): string {
  try {
    return readFileSync(file, "utf8").trim();
  } catch {
    return "which has not said its id";
  }
}
