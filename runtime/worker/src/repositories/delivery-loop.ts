import { AppError, messageOf } from "@freehold/kernel/errors";
import type { Log } from "@freehold/kernel/log";
import type { Pool } from "@freehold/kernel/postgres";
import { Loop } from "@freehold/kernel/loop";
import { mayPass } from "../run/run.ts";
import type { Repositories } from "./repositories.ts";
import { claimDelivery, endDelivery, holdDelivery, postponeDelivery, type JobRepository } from "./repository-store.ts";

const tries = 5;
const firstDelayMs = 30_000;
/** What a worker that falls silent has taken is taken by another after that; done twice it does no harm. */
const heldMs = 90_000;

export interface DeliveryParts {
  pool: Pool;
  log: Log;
  repositories: Repositories;
}

/** Delivers the work of jobs, one after the other; a failure that may pass is tried again, and none changes how the job ended. */
export class DeliveryLoop {
  readonly #parts: DeliveryParts;
  readonly #loop: Loop;
  readonly #stopping = new AbortController();

  constructor(parts: DeliveryParts, everyMs: number) {
    this.#parts = parts;
    this.#loop = new Loop({
      everyMs,
      action: () => this.#deliverAll(),
      onError: (error) => parts.log.warn("worker.loop-failed", { loop: "deliveries", error }),
    });
  }

  start(): void {
    this.#loop.start();
  }

  wake(): void {
    this.#loop.wake();
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new Error("the worker stops"));
    await this.#loop.stop();
  }

  async #deliverAll(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      const claimed = await claimDelivery(this.#parts.pool, heldMs);
      if (claimed === undefined) return;
      await this.#deliver(claimed);
    }
  }

  async #deliver(claimed: JobRepository & { title: string }): Promise<void> {
    const { pool, log, repositories } = this.#parts;
    const { jobId } = claimed;
    const hold = () => holdDelivery(pool, jobId, heldMs).catch((error: unknown) => log.warn("delivery.not-held", { jobId, error }));
    const holding = setInterval(() => void hold(), heldMs / 3);
    try {
      const end = await repositories.deliver(claimed, this.#stopping.signal);
      await endDelivery(pool, jobId, end);
      log.info("delivery.ended", { jobId, state: end.state });
    } catch (thrown) {
      await this.#afterFailure(claimed, thrown);
    } finally {
      clearInterval(holding);
    }
  }

  async #afterFailure({ jobId, tries: tried }: JobRepository, thrown: unknown): Promise<void> {
    const { pool, log } = this.#parts;
    // The next process of this worker, or another, goes on at once.
    if (this.#stopping.signal.aborted) return postponeDelivery(pool, jobId, "The worker stopped; it is tried again.", 0);
    const again = mayPass(thrown) && tried < tries;
    log.warn(again ? "delivery.postponed" : "delivery.failed", { jobId, tried, error: thrown });
    const problem = thrown instanceof AppError ? thrown.message : `The delivery failed: ${messageOf(thrown)}`;
    if (again) await postponeDelivery(pool, jobId, problem, firstDelayMs * 2 ** (tried - 1));
    else await endDelivery(pool, jobId, { state: "failed", problem });
  }
}
