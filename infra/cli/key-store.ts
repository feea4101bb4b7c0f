import { randomBytes } from "node:crypto";
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { keyFile } from "../data-folder.ts";

/** The key of a stack's home; made at its first start, never changed afterwards. */
export function ensureKey(environment: NodeJS.ProcessEnv, stack: string): string {
  const file = keyFile(environment, stack);
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  return readExisting(file) ?? make(file);
}

/** The key of a home that was started before, or undefined. */
export function findKey(environment: NodeJS.ProcessEnv, stack: string): string | undefined {
  return readExisting(keyFile(environment, stack));
}

function readExisting(file: string): string | undefined {
  try {
    const key = readFileSync(file, "utf8").trim();
    return key === "" ? undefined : key;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw thrown;
  }
}

/** Linked into place: of two first starts at once, both go on with the key of one. */
function make(file: string): string {
  const temporary = `${file}.${process.pid}.tmp`;
  writeFileSync(temporary, `${randomBytes(32).toString("base64url")}\n`, { mode: 0o600, flush: true });
  try {
    linkSync(temporary, file);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== "EEXIST") throw thrown;
  } finally {
    rmSync(temporary, { force: true });
  }
  return readFileSync(file, "utf8").trim();
}
