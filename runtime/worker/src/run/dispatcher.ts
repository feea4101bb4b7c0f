import { randomUUID } from "node:crypto";
import { claimJob } from "../store/claim.ts";
import { adoptLeases, releaseLeases, renewLeases, type Lease, type LeaseKey, type Renewed } from "../store/leases.ts";
import { endPassedLimit } from "../store/queue-state.ts";
import { runAttempt } from "./attempt.ts";
import { Loop } from "@freehold/kernel/loop";
import type { Run, RunParts } from "./run.ts";
import { clearDeleted } from "./clear-deleted.ts";
import { reapContainers, sweepKeys, sweepQueue, sweepUsage } from "./sweep.ts";

export interface DispatcherSettings {
  slots: number;
  pollMs: number;
  sweepMs: number;
}

interface Active {
  run: Run;
  controller: AbortController;
  ended: Promise<void>;
}

/** Claims jobs while slots are free, holds the leases of the attempts that run here, adopts what other workers left, and sweeps. */
export class Dispatcher {
  readonly #parts: RunParts;
  readonly #settings: DispatcherSettings;
  readonly #active = new Map<string, Active>();
  readonly #claims: Loop;
  readonly #leases: Loop;
  readonly #sweeps: Loop;
  #starting = true;

  constructor(parts: RunParts, settings: DispatcherSettings) {
    this.#parts = parts;
    this.#settings = settings;
    const loop = (name: string, everyMs: number, action: () => Promise<void>) =>
      new Loop({ everyMs, action, onError: (error) => parts.log.warn("worker.loop-failed", { loop: name, error }) });
    this.#leases = loop("leases", Math.max(10, Math.floor(parts.limits.leaseMs / 3)), () => this.#keepLeases());
    this.#claims = loop("claims", settings.pollMs, () => this.#claim());
    this.#sweeps = loop("sweeps", settings.sweepMs, () => this.#sweep());
  }

  get activeCount(): number {
    return this.#active.size;
  }

  start(): void {
    for (const loop of [this.#leases, this.#claims, this.#sweeps]) loop.start();
  }

  /** Looks for work now instead of at the next poll. */
  wake(): void {
    this.#claims.wake();
  }

  /** Ends the job's container at once if it runs here; elsewhere the holder sees the request when it renews. */
  cancel(jobId: string): void {
    for (const { run } of this.#active.values()) if (run.lease.jobId === jobId) run.cancelRequested = true;
  }

  /** Removes the files of deleted jobs now instead of at the next sweep. */
  clearDeleted(): void {
    void clearDeleted(this.#parts).catch((error: unknown) => this.#parts.log.warn("worker.sweep-failed", { sweep: clearDeleted.name, error }));
  }

  /** Lets go of everything: containers run on, and whoever adopts them goes on where this worker stopped. */
  async stop(): Promise<void> {
    await Promise.all([this.#claims, this.#leases, this.#sweeps].map((loop) => loop.stop()));
    const active = [...this.#active.values()];
    for (const { controller } of active) controller.abort(new Error("the worker stops"));
    await Promise.all(active.map(({ ended }) => ended));
    const keys = active.map(({ run }) => run.lease);
    if (keys.length > 0) await releaseLeases(this.#parts.pool, keys).catch((error: unknown) => this.#parts.log.warn("worker.release-failed", { error }));
  }

  async #claim(): Promise<void> {
    const { pool, queue, worker, limits, steady } = this.#parts;
    // First come the attempts that this worker's last process left; a claim of now must not be mistaken for one of them.
    if (this.#starting) return;
    const freed = await endPassedLimit(pool, queue, worker);
    if (freed > 0) this.#parts.log.info("queue.limit-passed", { jobs: freed });
    for (;;) {
      const nowMs = steady.now();
      const claimed = await claimJob(pool, queue, {
        worker,
        slots: this.#settings.slots,
        leaseMs: limits.leaseMs,
        newSessionId: randomUUID(),
        nowMs,
      });
      if (claimed === "held" || claimed === "full" || claimed === "empty") return;
      if (claimed !== "skipped") this.#launch(claimed, nowMs);
    }
  }

  async #keepLeases(): Promise<void> {
    const { pool, worker, limits, steady } = this.#parts;
    const askedAtMs = steady.now();
    const held = [...this.#active.values()].map(({ run }) => run.lease);
    const renewed = held.length === 0 ? [] : await renewLeases(pool, held, limits.leaseMs);
    for (const lease of held)
      this.#afterRenewal(
        lease,
        renewed.find((one) => keyOf(one) === keyOf(lease)),
        askedAtMs,
      );
    const adopted = await adoptLeases(pool, worker, { leaseMs: limits.leaseMs, starting: this.#starting, nowMs: askedAtMs });
    for (const lease of adopted) this.#adopt(lease, askedAtMs);
    if (this.#starting) this.#claims.wake();
    this.#starting = false;
  }

  #afterRenewal(lease: Lease, renewed: Renewed | undefined, askedAtMs: number): void {
    const active = this.#active.get(keyOf(lease));
    if (active === undefined) return;
    if (renewed === undefined) return active.controller.abort(new Error("the lease was taken over"));
    active.run.heldUntilMs = askedAtMs + this.#parts.limits.leaseMs;
    active.run.cancelRequested ||= renewed.cancelRequested;
    active.run.waitsForApproval = renewed.waitsForApproval;
  }

  #adopt(lease: Lease, askedAtMs: number): void {
    this.#parts.log.info("attempt.adopted", { jobId: lease.jobId, attempt: lease.number, epoch: lease.epoch });
    this.#launch(lease, askedAtMs);
  }

  /** The lease counts from when it was asked for: by the database's clock it begins no sooner. */
  #launch(lease: Lease, askedAtMs: number): void {
    const { log, limits } = this.#parts;
    const controller = new AbortController();
    const run: Run = {
      parts: this.#parts,
      lease,
      log: log.child({ jobId: lease.jobId, attempt: lease.number }),
      signal: controller.signal,
      cancelRequested: false,
      waitsForApproval: false,
      heldUntilMs: askedAtMs + limits.leaseMs,
      reap: () => reapContainers(this.#parts),
    };
    this.#parts.changes.announce(lease.jobId, "job");
    const ended = runAttempt(run)
      .catch((error: unknown) => this.#left(run, error))
      .finally(() => {
        this.#active.delete(keyOf(lease));
        this.wake();
      });
    this.#active.set(keyOf(lease), { run, controller, ended });
  }

  /** What was not brought to its end here is adopted once its lease has run out, by this worker too. */
  #left(run: Run, error: unknown): void {
    if (run.signal.aborted) run.log.info("attempt.let-go", { reason: String(run.signal.reason) });
    else run.log.error("attempt.runner-failed", { error });
  }

  async #sweep(): Promise<void> {
    for (const sweep of [reapContainers, sweepQueue, sweepKeys, sweepUsage, clearDeleted])
      await sweep(this.#parts).catch((error: unknown) => this.#parts.log.warn("worker.sweep-failed", { sweep: sweep.name, error }));
  }
}

const keyOf = ({ jobId, number, epoch }: LeaseKey) => `${jobId}/${number}/${epoch}`;
