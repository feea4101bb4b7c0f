import { access, readdir, rm } from "node:fs/promises";
import { systemCodeOf } from "@freehold/kernel/errors";
import { run } from "./process.ts";

export const exists = (path: string): Promise<boolean> => access(path).then(() => true, isAbsence);

/** Names in a folder; none when there is no such folder. */
export const namesIn = (path: string): Promise<string[]> => readdir(path).catch((thrown: unknown) => (isAbsence(thrown), []));

/** Removes a tree, folders that their owner locked included. */
export async function removeTree(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true });
  } catch (thrown) {
    if (!["EACCES", "EPERM"].includes(systemCodeOf(thrown) ?? "")) throw thrown;
    await run({ program: "chmod", args: ["--recursive", "u+rwX", path], timeoutMs: 600_000 });
    await rm(path, { recursive: true, force: true });
  }
}

function isAbsence(thrown: unknown): false {
  if (systemCodeOf(thrown) === "ENOENT") return false;
  throw thrown;
}
