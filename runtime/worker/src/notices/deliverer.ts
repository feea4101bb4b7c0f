import { AppError, messageOf } from "@freehold/kernel/errors";
import type { Log } from "@freehold/kernel/log";
import type { Metrics } from "@freehold/kernel/metrics";
import type { Pool } from "@freehold/kernel/postgres";
import { Loop } from "@freehold/kernel/loop";
import type { ChannelSettings } from "./channel-settings.ts";
import { settingsOf } from "./channel-store.ts";
import { forgetOld, giveBack, letGo, storeOutcome, takeDue, type DeliveryOutcome, type DueDelivery } from "./delivery-store.ts";
import { openWebhook } from "./job-webhook.ts";
import { afterFailure, type RetryTerms } from "./retry-rule.ts";
import { sendNotice, type SenderParts } from "./sender.ts";

export interface DelivererParts extends SenderParts {
  pool: Pool;
  log: Log;
  random: () => number;
  metrics: Metrics;
}

export interface DelivererSettings extends RetryTerms {
  worker: string;
  pollMs: number;
  keepDays: number;
}

const atOnce = 16;
const atOnceOfOne = 4;
/** Longer than any try takes. */
const leaseMs = 120_000;
const forgetEveryMs = 3_600_000;

/** Brings what the database says is to be told to its receivers: at least once each, with the same id on each try. */
export class Deliverer {
  readonly #parts: DelivererParts;
  readonly #settings: DelivererSettings;
  readonly #loop: Loop;
  readonly #active = new Map<string, { of: string; ended: Promise<void> }>();
  readonly #outcomes;
  #starting = true;
  #stopping = false;
  #forgetAtMs = 0;

  constructor(parts: DelivererParts, settings: DelivererSettings) {
    this.#parts = parts;
    this.#settings = settings;
    this.#outcomes = parts.metrics.counter("freehold_notice_tries_total", "Tries to deliver a notice, by what came of them.", ["outcome"]);
    const onError = (error: unknown) => parts.log.warn("notices.loop-failed", { error });
    this.#loop = new Loop({ everyMs: settings.pollMs, action: () => this.#round(), onError });
  }

  start(): void {
    this.#loop.start();
  }

  /** What is under way is broken off and given back, so that another worker tries it at once. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#loop.stop();
    await this.#parts.outbound.close();
    await Promise.all([...this.#active.values()].map(({ ended }) => ended));
  }

  async #round(): Promise<void> {
    const { pool, clock } = this.#parts;
    const { worker, keepDays } = this.#settings;
    if (this.#starting) await letGo(pool, worker);
    this.#starting = false;
    const under = [...this.#active.values()].map(({ of }) => of);
    const busy = [...new Set(under)].filter((one) => under.filter((other) => other === one).length >= atOnceOfOne);
    if (under.length < atOnce) for (const due of await takeDue(pool, { worker, limit: atOnce - under.length, leaseMs, busy })) this.#begin(due);
    if (clock.now() < this.#forgetAtMs) return;
    this.#forgetAtMs = clock.now() + forgetEveryMs;
    await forgetOld(pool, keepDays);
  }

  #begin(due: DueDelivery): void {
    const ended = this.#deliver(due)
      // Its lease runs out, and then it is tried again.
      .catch((error: unknown) => this.#parts.log.warn("notice.not-recorded", { delivery: due.id, error }))
      .finally(() => this.#active.delete(due.id));
    this.#active.set(due.id, { of: due.channel?.id ?? "jobs", ended });
  }

  async #deliver(due: DueDelivery): Promise<void> {
    const { pool, log } = this.#parts;
    const outcome = await this.#try(due);
    if (this.#stopping && outcome.state === "retried") return giveBack(pool, due);
    await storeOutcome(pool, due, outcome);
    this.#outcomes.inc({ outcome: outcome.state });
    const about = { delivery: due.id, kind: due.notice.kind, channel: due.channel?.name ?? "job", attempts: due.attempts };
    if (outcome.state === "delivered") log.info("notice.delivered", about);
    else log.warn(`notice.${outcome.state}`, { ...about, error: outcome.error });
  }

  async #try(due: DueDelivery): Promise<DeliveryOutcome> {
    const { random } = this.#parts;
    if (due.expired) return { state: "dead", error: "Nobody need be told any more: it was answered, or its time was over." };
    if (due.channel?.enabled === false) return { state: "dead", error: "The channel is switched off." };
    try {
      await sendNotice(this.#parts, this.#settingsOf(due), due.notice, due.channel === null ? "the job's webhook" : due.channel.name);
      return { state: "delivered" };
    } catch (thrown) {
      // Whatever isn't one of ours may pass as well: what is told late is better than what is not told.
      const known = thrown instanceof AppError ? thrown : new AppError("notice.failed", messageOf(thrown), { retryable: true, cause: thrown });
      return afterFailure(known, due.attempts, this.#settings, random());
    }
  }

  #settingsOf({ channel, webhook, jobId }: DueDelivery): ChannelSettings {
    const { sealer } = this.#parts.keys;
    if (channel !== null) return settingsOf(sealer, channel);
    if (webhook === null || jobId === null) throw new Error("a delivery has neither channel nor webhook");
    return openWebhook(sealer, jobId, webhook);
  }
}
