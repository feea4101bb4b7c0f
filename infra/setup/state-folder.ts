/** Where Pulumi's state and its passphrase live: outside the checkout, readable by their owner alone. */
import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, fsyncSync, closeSync, linkSync, mkdirSync, openSync, readdirSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { Failure } from "../cli/failure.ts";
import { dataFolder } from "../data-folder.ts";

export type StateFolder = { state: string; passphraseFile: string };

export function stateFolder(environment: NodeJS.ProcessEnv): StateFolder {
  const folder = dataFolder(environment);
  return { state: join(folder, "state"), passphraseFile: join(folder, "passphrase") };
}

/** Makes the folders and, once, the passphrase. Throws: Failure when stacks are there whose passphrase is gone. */
export function ensureStateFolder(environment: NodeJS.ProcessEnv): StateFolder {
  const folder = dataFolder(environment);
  const { state, passphraseFile } = stateFolder(environment);
  try {
    mkdirSync(state, { recursive: true, mode: 0o700 });
    chmodSync(folder, 0o700);
    if (existsSync(passphraseFile)) return { state, passphraseFile };
    if (hasStacks(state)) throw lost(passphraseFile, state);
    writeOnce(passphraseFile, randomBytes(32).toString("base64url"));
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure(
      `The folder ${folder} cannot be used: ${(error as Error).message}`,
      "Make it writable for you, or set FREEHOLD_HOME to a folder that is.",
      error,
    );
  }
  return { state, passphraseFile };
}

function hasStacks(state: string): boolean {
  const stacks = join(state, ".pulumi/stacks");
  return existsSync(stacks) && readdirSync(stacks, { recursive: true, encoding: "utf8" }).some((file) => file.endsWith(".json"));
}

function lost(passphraseFile: string, state: string): Failure {
  return new Failure(
    `${passphraseFile} is gone, but ${state} holds stacks whose secrets were encrypted with it.`,
    "Bring the file back from your copy. If there is none: move the state folder away and start anew; the home's data volumes stay.",
  );
}

/** Of two processes that come at the same time one writes, and both read the same. */
function writeOnce(file: string, content: string): void {
  const draft = `${file}.${process.pid}`;
  const handle = openSync(draft, "w", 0o600);
  writeSync(handle, content);
  fsyncSync(handle);
  closeSync(handle);
  try {
    linkSync(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}
