import { hostname } from "node:os";
import type { Log } from "@freehold/kernel/log";
import type { Secret } from "@freehold/kernel/secret";
import { hasCode } from "./errors.ts";
import { run, type Command, type Outcome } from "./process.ts";
import * as commands from "./restic-commands.ts";
import { failureOf, parseBackup, isRetry, parseIds, parseLock, parseSkipped, parseSnapshots, parseStored, type Snapshot } from "./restic-output.ts";

export interface ResticSettings {
  /** The target's name. */
  name: string;
  repository: string;
  key: Secret;
  cacheDir: string;
  temporaryDir: string;
  /** How the bucket is reached. */
  access: { env: Record<string, string>; args: string[] };
  /** Units: milliseconds. For what moves data. */
  timeoutMs: number;
  /** Called when a run has failed. */
  onFailure: () => void;
  log: Log;
}

/** What one run of ours lends to every program it starts. */
export interface RunContext {
  signal?: AbortSignal | undefined;
  /** The file of the home's lock. */
  keepOpen?: number | undefined;
}

export interface Skipped {
  path: string;
  cause: string;
}

type Extra = Pick<Command, "cwd" | "onErrorLine"> & { acceptedExitCodes?: readonly number[]; timeoutMs?: number };

const someFilesUnreadable = 3;
const questionTimeoutMs = 60_000;
/** restic waits about 1, 2 and 5 seconds between the first four. */
const questionTries = 4;

/** restic on this home's repository. Throws: AppErrors of `failureOf`. */
export class Restic {
  readonly #settings: ResticSettings;
  /** The newest snapshot that this process has made: restic need not list all to find it. */
  #newest: string | undefined;

  constructor(settings: ResticSettings) {
    this.#settings = settings;
  }

  get repository(): string {
    return this.#settings.repository;
  }

  /** Whether this process's last run has made a snapshot: the repository need not be asked for again, which takes as long as its key is slow to open. */
  get isInUse(): boolean {
    return this.#newest !== undefined;
  }

  /** Whether there is a repository and the key opens it; false when there is none. */
  async probe(context: RunContext): Promise<boolean> {
    try {
      await this.#question(commands.readConfig(), context);
      return true;
    } catch (thrown) {
      if (hasCode(thrown, "backup.repository-missing")) return false;
      throw thrown;
    }
  }

  async initialise(context: RunContext): Promise<void> {
    this.#newest = undefined;
    await this.#question(commands.initialise(), context);
    this.#settings.log.info("repository.created", { repository: this.repository });
  }

  /** Newest first; none when there is no repository yet. */
  async snapshots(context: RunContext): Promise<Snapshot[]> {
    try {
      return parseSnapshots((await this.#question(commands.listSnapshots(), context)).stdout, this.#settings.name);
    } catch (thrown) {
      if (hasCode(thrown, "backup.repository-missing")) return [];
      throw thrown;
    }
  }

  /** Saves a folder; files that can't be read are left out and returned. */
  async backUp(folder: string, order: commands.SnapshotOrder, context: RunContext): Promise<{ snapshot: Snapshot; skipped: Skipped[] }> {
    const skipped: Skipped[] = [];
    const onErrorLine = (line: string) => {
      const file = parseSkipped(line);
      if (file !== undefined) skipped.push(file);
      return undefined;
    };
    const parent = this.#newest;
    this.#newest = undefined;
    const { stdout } = await this.#unlocking(commands.backUp(order, parent), context, {
      cwd: folder,
      onErrorLine,
      acceptedExitCodes: [0, someFilesUnreadable],
    });
    const snapshot = parseBackup(stdout, order, this.#settings.name);
    this.#newest = snapshot.id;
    return { snapshot, skipped };
  }

  async forget(retention: commands.Retention, context: RunContext): Promise<void> {
    await this.#unlocking(commands.forget(retention), context);
  }

  /** Whether the repository is whole in itself, and a part of its data unspoilt. Throws: AppError `backup.repository-spoilt`. */
  async check(part: commands.DataPart | undefined, context: RunContext): Promise<void> {
    await this.#run(commands.check(part), context);
  }

  /** What all packs take in the bucket. Units: bytes. */
  async storedBytes(context: RunContext): Promise<number> {
    return parseStored((await this.#run(commands.stored(), context)).stdout);
  }

  /** One small file of a snapshot. */
  async read(snapshotId: string, path: string, context: RunContext): Promise<string> {
    return (await this.#question(commands.dumpFile(snapshotId, path), context)).stdout;
  }

  async restore(order: commands.RestoreOrder, context: RunContext): Promise<void> {
    await this.#run(commands.restore(order), context);
  }

  /** Runs what needs the repository's lock; one that a killed run of this home left is taken away once. */
  async #unlocking(args: string[], context: RunContext, extra: Extra = {}): Promise<Outcome> {
    try {
      return await this.#run(args, context, extra);
    } catch (thrown) {
      if (!hasCode(thrown, "backup.repository-locked") || !(await this.#clearOwnLocks(context))) throw thrown;
      return await this.#run(args, context, extra);
    }
  }

  /**
   * The caller holds the home's own lock, so a repository lock made under this host's name belongs to a run that is dead.
   * Those of other machines stay: restic itself drops them after half an hour without a sign of life.
   */
  async #clearOwnLocks(context: RunContext): Promise<boolean> {
    const ids = parseIds((await this.#question(commands.listLocks(), context)).stdout);
    const locks = await Promise.all(ids.map(async (id) => parseLock((await this.#question(commands.readLock(id), context)).stdout)));
    if (locks.some((lock) => lock.hostname !== hostname())) return false;
    await this.#question(commands.removeAllLocks(), context);
    this.#settings.log.warn("repository.stale-locks-removed", { count: locks.length, made: locks.map((lock) => lock.time) });
    return true;
  }

  /** restic goes on asking a silent bucket for a quarter of an hour; who asks a question wants to know sooner that it is away. */
  #question(args: string[], context: RunContext): Promise<Outcome> {
    let failures = 0;
    const onErrorLine = (line: string) => (isRetry(line) && ++failures >= questionTries ? "stop" : undefined);
    return this.#run(args, context, { timeoutMs: questionTimeoutMs, onErrorLine });
  }

  async #run(args: string[], context: RunContext, { acceptedExitCodes = [0], timeoutMs = this.#settings.timeoutMs, ...extra }: Extra = {}): Promise<Outcome> {
    const { access } = this.#settings;
    const outcome = await run({ program: "restic", args: [...access.args, ...args], env: this.#environment(), timeoutMs, ...context, ...extra });
    if (!outcome.timedOut && acceptedExitCodes.includes(outcome.exitCode)) return outcome;
    this.#settings.onFailure();
    throw failureOf(outcome, this.repository);
  }

  #environment(): Record<string, string> {
    const { repository, key, cacheDir, temporaryDir, access } = this.#settings;
    return {
      ...access.env,
      HOME: temporaryDir,
      TMPDIR: temporaryDir,
      RESTIC_REPOSITORY: repository,
      RESTIC_PASSWORD: key.reveal(),
      RESTIC_CACHE_DIR: cacheDir,
      // A line of progress a minute, not sixty a second.
      RESTIC_PROGRESS_FPS: "0.016",
    };
  }
}
