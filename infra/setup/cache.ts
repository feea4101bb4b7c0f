/**
 * The folder of everything that was fetched or built, outside any checkout and shared by all of them.
 *
 * An entry is made in a draft folder and renamed when it is whole, so what has its name is complete; a process that
 * dies leaves a draft, which the next one removes.
 */
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statfsSync,
} from "node:fs";
import { join } from "node:path";
import { Failure } from "../cli/failure.ts";
import { cacheFolder } from "./bootstrap.mjs";
import { withLock } from "./lock.mjs";

const NEEDED_GB = 6;
const DRAFT = ".draft-";

export type Entry = {
  /** The entry's folder in the cache; carries the version, or a hash of what it is made from. */
  name: string;
  /** A path inside it that proves it whole, mostly the program it is for. */
  proof: string;
  make(folder: string): Promise<void>;
};

export class Cache {
  readonly root: string;

  constructor(environment: NodeJS.ProcessEnv) {
    this.root = cacheFolder(environment);
  }

  path(...parts: string[]): string {
    return join(this.root, ...parts);
  }

  has(entry: Pick<Entry, "name" | "proof">): boolean {
    return existsSync(this.path(entry.name, entry.proof));
  }

  /** The folder of an entry, made if it is not there. Call it under `alone`. */
  async ensure(entry: Entry): Promise<string> {
    const folder = this.path(entry.name);
    if (this.has(entry)) return folder;
    const draft = mkdtempSync(this.path(DRAFT));
    try {
      await entry.make(draft);
      if (!existsSync(join(draft, entry.proof))) throw new Error(`${entry.name} was made without its ${entry.proof}`);
      flush(join(draft, entry.proof));
      rmSync(folder, { recursive: true, force: true });
      renameSync(draft, folder);
    } finally {
      rmSync(draft, { recursive: true, force: true });
    }
    return folder;
  }

  /** Runs work that changes the cache; of several processes one at a time. Throws: Failure when it cannot be written or the disk is full. */
  async alone<T>(onWait: (pid: number) => void, work: () => Promise<T>): Promise<T> {
    this.#mustBeWritable();
    return withLock(this.path("set-up.lock"), { onWait }, () => {
      this.#removeDrafts();
      return work();
    });
  }

  /** Throws: Failure when there is too little space for what set-up may have to build. */
  mustHaveSpace(): void {
    const { bavail, bsize } = statfsSync(this.root);
    const freeGb = (bavail * bsize) / 1e9;
    if (freeGb >= NEEDED_GB) return;
    throw new Failure(
      `${this.root} has ${freeGb.toFixed(1)} GB free; building the tools needs ${NEEDED_GB} GB for a while.`,
      "Free some space, or move the cache to another disk with XDG_CACHE_HOME.",
    );
  }

  #mustBeWritable(): void {
    try {
      mkdirSync(this.root, { recursive: true });
      accessSync(this.root, constants.W_OK);
    } catch (error) {
      throw new Failure(
        `The cache folder ${this.root} cannot be written: ${(error as Error).message}`,
        "Make it writable for you, or set XDG_CACHE_HOME to a folder that is.",
        error,
      );
    }
  }

  /** Only the lock's owner makes entries, so every draft is a dead one. */
  #removeDrafts(): void {
    for (const name of readdirSync(this.root)) {
      if (name.startsWith(DRAFT)) rmSync(this.path(name), { recursive: true, force: true });
    }
  }
}

/** Brings a file to the disk before the rename that vouches for it. */
function flush(file: string): void {
  const handle = openSync(file, "r");
  fsyncSync(handle);
  closeSync(handle);
}
