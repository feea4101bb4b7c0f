import { createHash } from "node:crypto";
import { parseObject } from "./usage.ts";

/** Units: milliseconds. */
const rememberedMs = 60_000;
const mostRemembered = 1_000;

/**
 * Remembers requests whose stream broke, since Claude Code repeats them at once and without streaming: the repeat should go to another provider.
 * Source: measured with Claude Code 2.1.329 (2026-11); the repeat differs in `stream` and `max_tokens` alone.
 */
export class RepeatMemory {
  readonly #now: () => number;
  readonly #broken = new Map<string, { provider: string; until: number }>();

  constructor(now: () => number) {
    this.#now = now;
  }

  remember(keyId: string, body: Buffer, provider: string): void {
    const name = nameOf(keyId, body);
    this.#broken.delete(name);
    this.#broken.set(name, { provider, until: this.#now() + rememberedMs });
    if (this.#broken.size > mostRemembered) for (const oldest of this.#broken.keys()) if (this.#broken.delete(oldest)) break;
  }

  /** The provider that broke this request lately. In good times nothing is remembered and nothing is computed. */
  brokenBy(keyId: string, body: Buffer): string | undefined {
    this.#forget();
    return this.#broken.size === 0 ? undefined : this.#broken.get(nameOf(keyId, body))?.provider;
  }

  /** In order of time, so that the first ones are the oldest. */
  #forget(): void {
    if (this.#broken.size === 0) return;
    const now = this.#now();
    for (const [name, { until }] of this.#broken) {
      if (until > now) return;
      this.#broken.delete(name);
    }
  }
}

function nameOf(keyId: string, body: Buffer): string {
  const { stream: _stream, max_tokens: _most, ...same } = parseObject(body.toString("utf8")) ?? {};
  return createHash("sha256").update(keyId).update("\0").update(JSON.stringify(same)).digest("base64");
}
