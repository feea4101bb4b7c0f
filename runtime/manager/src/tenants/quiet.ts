import type { Clock } from "@freehold/kernel/clock";
import type { TenantBox } from "../box/tenant-box.ts";
import type { GatewayKeys } from "./gateway-keys.ts";
import type { TenantRow } from "./tenant.ts";

export interface QuietSettings {
  /** Of one CPU; one that uses more is at work, whether or not anybody visits it. */
  busyPercent: number;
  /** Units: milliseconds. So long after its last call of a model it may still be at work. */
  quietMs: number;
}

interface QuietParts {
  box: Pick<TenantBox, "usage">;
  keys: Pick<GatewayKeys, "lastCallEndedAt">;
  clock: Clock;
  settings: QuietSettings;
}

/** Whether an assistant that nobody visits is in the midst of something by itself, as a schedule's task. */
export class Quiet {
  readonly #parts: QuietParts;

  constructor(parts: QuietParts) {
    this.#parts = parts;
  }

  async isAtWork(row: TenantRow): Promise<boolean> {
    const { box, settings } = this.#parts;
    const { cpuPercent } = await box.usage(row.id);
    return cpuPercent >= settings.busyPercent || (await this.calledLately(row));
  }

  /** Whether it called a model a moment ago; of a gateway that does not answer it is taken that it did not. */
  async calledLately({ keyId }: TenantRow): Promise<boolean> {
    const { keys, clock, settings } = this.#parts;
    const calledAt = keyId === null ? null : await keys.lastCallEndedAt(keyId).catch(() => null);
    return calledAt !== null && clock.now() - calledAt < settings.quietMs;
  }

  /**
   * When one that was at work as its minutes ended is to have been active last, so that it is looked at again soon and not after all of its minutes: what it
   * does by itself each half hour would keep it awake for ever.
   */
  lookedAtAgainSoon({ idleMinutes }: TenantRow): Date {
    const idleMs = idleMinutes * 60_000;
    return new Date(this.#parts.clock.now() - idleMs + Math.min(this.#parts.settings.quietMs, idleMs));
  }
}
