import { mkdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Clock } from "@freehold/kernel/clock";
import { AppError, messageOf } from "@freehold/kernel/errors";
import type { Log } from "@freehold/kernel/log";
import { backupError, hasCode } from "../errors.ts";
import { retryDelayMs } from "../plan.ts";
import { run } from "../process.ts";
import type { Snapshot } from "../restic-output.ts";
import type { Restic, RunContext } from "../restic.ts";
import { exists, removeTree } from "../tree.ts";
import { checkFetched, requireRoom } from "./checking.ts";
import { chooseForTenant, type Asked } from "./choice.ts";
import type { Manager } from "./manager.ts";
import { isEnded, RestoreJournal, type TenantRestore } from "./restore-journal.ts";
import { homeOf, stageOf, type TenantLayout } from "./tenant-layout.ts";

export interface RestoresParts {
  layout: TenantLayout;
  manager: Pick<Manager, "find" | "create" | "restored">;
  resticOf: (target: string) => Pick<Restic, "restore">;
  temporaryDir: string;
  log: Log;
  clock: Clock;
  signal: AbortSignal;
  /** Replaceable, so that tests need not wait. Units: milliseconds. */
  retryAfterMs?: (failures: number) => number;
}

export interface RestoreOrder extends Asked {
  tenant: string;
  /** Another tenant that gets the home, made if there is none; the same one unless given. */
  into?: string | undefined;
}

const mostFailures = 12;
const keptMs = 7 * 86_400_000;
const takenWithinMs = 180_000;

/**
 * Brings single tenants back, one after the other. Everything is fetched beside the home and checked; only then the manager puts it in place.
 * A restore is written down before its first step: killed before the hand-over nothing has changed, and the next start goes on with it.
 */
export class TenantRestores {
  readonly #parts: RestoresParts;
  readonly #journal: RestoreJournal;
  #queue: Promise<void> = Promise.resolve();

  constructor(parts: RestoresParts) {
    this.#parts = parts;
    this.#journal = new RestoreJournal(parts.layout);
  }

  /** Goes on with what a service that was killed has begun, and drops what is long over. */
  async resume(): Promise<void> {
    const restores = await this.#journal.readAll();
    const old = this.#parts.clock.now() - keptMs;
    for (const restore of restores) {
      if (!isEnded(restore)) this.#enqueue(restore);
      else if (Date.parse(restore.endedAt ?? restore.startedAt) < old) await this.#journal.remove(restore.id);
    }
  }

  /** Newest first. */
  async list(): Promise<TenantRestore[]> {
    return (await this.#journal.readAll()).toReversed();
  }

  async find(id: string): Promise<TenantRestore> {
    const found = (await this.#journal.readAll()).find((restore) => restore.id === id);
    if (found === undefined) throw backupError("backup.unknown-restore", `There is no restore ${id}; GET /restores lists them.`);
    return found;
  }

  /** Throws: AppError `backup.unknown-tenant` for one without a home: a run for nobody would cost the bucket as much as any other. */
  async requireHome(tenant: string): Promise<void> {
    if (await exists(homeOf(this.#parts.layout, tenant))) return;
    throw backupError("backup.unknown-tenant", `There is no home of a tenant ${tenant} to save.`);
  }

  /** Writes the restore down and begins it. Throws: AppErrors of `chooseForTenant`, `backup.busy` when one into the same tenant has not ended. */
  async begin({ tenant, into = tenant, ...asked }: RestoreOrder, snapshots: readonly Snapshot[]): Promise<TenantRestore> {
    const { clock } = this.#parts;
    const snapshot = chooseForTenant(tenant, asked, snapshots);
    const known = await this.#journal.readAll();
    if (known.some((other) => other.into === into && !isEnded(other)))
      throw backupError("backup.busy", `A restore into ${into} has not ended. GET /restores shows it; ask again when it has.`);
    const restore: TenantRestore = {
      id: freeId(into, clock.now(), known),
      tenant,
      into,
      snapshot: snapshot.id,
      target: snapshot.target,
      snapshotAt: snapshot.createdAt,
      sizeBytes: snapshot.tenants.find(({ id }) => id === tenant)?.sizeBytes ?? 0,
      state: "fetching",
      startedAt: new Date(clock.now()).toISOString(),
      endedAt: null,
      failures: 0,
      problem: null,
      verified: null,
    };
    await this.#journal.write(restore);
    this.#enqueue(restore);
    return restore;
  }

  /** Resolves when nothing runs. */
  idle(): Promise<void> {
    return this.#queue;
  }

  #enqueue(restore: TenantRestore): void {
    this.#queue = this.#queue
      .then(() => this.#perform(restore))
      .catch((error: unknown) => this.#parts.log.error("restore.broken", { restore: restore.id, error }));
  }

  async #perform(begun: TenantRestore): Promise<void> {
    const { log, signal, retryAfterMs = retryDelayMs } = this.#parts;
    for (let restore = begun; !signal.aborted && !isEnded(restore);) {
      try {
        restore = await this.#step(restore);
        await this.#journal.write(restore);
      } catch (thrown) {
        if (hasCode(thrown, "backup.stopped")) return;
        log.error("restore.step-failed", { restore: restore.id, state: restore.state, error: thrown });
        restore = await this.#afterFailure(restore, thrown);
        if (!isEnded(restore)) await delay(retryAfterMs(restore.failures), undefined, { signal }).catch(() => undefined);
      }
    }
  }

  #step(restore: TenantRestore): Promise<TenantRestore> {
    const context = { signal: this.#parts.signal };
    if (restore.state === "fetching") return this.#fetch(restore, context);
    return restore.state === "verifying" ? this.#verify(restore, context) : this.#handOver(restore);
  }

  async #fetch(restore: TenantRestore, context: RunContext): Promise<TenantRestore> {
    const { layout, resticOf, log } = this.#parts;
    log.info("restore.started", { restore: restore.id, tenant: restore.tenant, into: restore.into, snapshot: restore.snapshot });
    const target = this.#fetchedOf(restore);
    await removeTree(target);
    await mkdir(target, { recursive: true, mode: 0o700 });
    await requireRoom(target, restore.sizeBytes);
    await resticOf(restore.target).restore({ snapshotId: restore.snapshot, folder: stageOf(layout, restore.tenant), target }, context);
    return { ...restore, state: "verifying" };
  }

  async #verify(restore: TenantRestore, context: RunContext): Promise<TenantRestore> {
    const { temporaryDir } = this.#parts;
    const [fetched, checked] = [this.#fetchedOf(restore), this.#checkedOf(restore)];
    // Killed right after it was checked.
    if (await exists(checked)) await rename(checked, join(fetched, "home"));
    const { tally, databases } = await checkFetched(fetched, { tenant: restore.tenant, snapshotId: restore.snapshot, temporaryDir }, context);
    await run({ program: "sync", args: ["--file-system", fetched], timeoutMs: 600_000, ...context });
    await rename(join(fetched, "home"), checked);
    return { ...restore, state: "handing-over", verified: { files: tally.files, sizeBytes: tally.sizeBytes, databases } };
  }

  /** The manager takes the folder away by renaming it: where it is gone, it was taken, by this process or by one that was killed right after. */
  async #handOver(restore: TenantRestore): Promise<TenantRestore> {
    const { manager, log } = this.#parts;
    const home = this.#checkedOf(restore);
    if (await exists(home)) {
      if ((await manager.find(restore.into)) === undefined) await manager.create(restore.into);
      await manager.restored(restore.into, `.restore/${restore.id}`);
      await this.#untilTaken(home);
    }
    await this.#discard(restore);
    log.info("restore.finished", { restore: restore.id, tenant: restore.tenant, into: restore.into });
    return { ...restore, state: "done", problem: null, endedAt: this.#now() };
  }

  async #untilTaken(home: string): Promise<void> {
    const { clock, signal } = this.#parts;
    for (const until = clock.now() + takenWithinMs; await exists(home); await delay(200, undefined, { signal }))
      if (clock.now() > until) throw backupError("backup.manager-away", "The manager said that it would put the restored home in place, and did not.");
  }

  /** What may pass is tried again; else nothing of it stays. */
  async #afterFailure(restore: TenantRestore, thrown: unknown): Promise<TenantRestore> {
    const retryable = thrown instanceof AppError && thrown.retryable && restore.failures + 1 < mostFailures;
    const problem = { code: thrown instanceof AppError ? thrown.code : "backup.tool-failed", message: messageOf(thrown) };
    const failed: TenantRestore = { ...restore, failures: restore.failures + 1, problem };
    if (!retryable) await this.#discard(restore);
    const next: TenantRestore = retryable ? failed : { ...failed, state: "failed", endedAt: this.#now() };
    await this.#journal.write(next);
    return next;
  }

  async #discard(restore: TenantRestore): Promise<void> {
    for (const folder of [this.#fetchedOf(restore), this.#checkedOf(restore)]) await removeTree(folder);
  }

  /** What restic fetched: the home and its record. */
  #fetchedOf({ id }: TenantRestore): string {
    return join(this.#parts.layout.restores, `${id}-fetched`);
  }

  /** The home alone, found to be what was saved: this is what the manager takes. */
  #checkedOf({ id }: TenantRestore): string {
    return join(this.#parts.layout.restores, id);
  }

  #now(): string {
    return new Date(this.#parts.clock.now()).toISOString();
  }
}

function freeId(into: string, now: number, known: readonly TenantRestore[]): string {
  let number = Math.floor(now / 1_000);
  while (known.some(({ id }) => id === `${into}-${number}`)) number += 1;
  return `${into}-${number}`;
}
