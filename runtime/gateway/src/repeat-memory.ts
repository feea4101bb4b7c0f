import type { Call } from "./call.ts";

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

  /** Takes the name of a request and not the request, whose body is let go of while its stream runs. */
  remember(name: string, provider: string): void {
    this.#broken.delete(name);
    this.#broken.set(name, { provider, until: this.#now() + rememberedMs });
    if (this.#broken.size > mostRemembered) for (const oldest of this.#broken.keys()) if (this.#broken.delete(oldest)) break;
  }

  /** The provider that broke this request lately. In good times nothing is remembered and nothing is computed. */
  brokenBy(call: Call): string | undefined {
    this.#forget();
    return this.#broken.size === 0 ? undefined : this.#broken.get(repeatName(call))?.provider;
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

/** So much of a request's beginning and end goes into its name. Units: bytes. */
const sampledBytes = 256;

/**
 * Equal for a request and its repeat. Both ends and the size are enough: a request that is taken for another one merely asks another provider
 * first, and every stream needs a name, in case it breaks.
 */
export function repeatName({ key, body, fields: { varying = [] } }: Pick<Call, "key" | "body" | "fields">): string {
  const bounds = [0, ...varying, body.length];
  const parts: Buffer[] = [];
  for (let index = 0; index < bounds.length; index += 2) parts.push(body.subarray(bounds[index], bounds[index + 1]));
  const size = parts.reduce((sum, { length }) => sum + length, 0);
  return `${key.id} ${size} ${headOf(parts)} ${tailOf(parts)}`;
}

function headOf(parts: readonly Buffer[]): string {
  let head = "";
  for (const part of parts) head += part.toString("latin1", 0, sampledBytes - head.length);
  return head;
}

function tailOf(parts: readonly Buffer[]): string {
  let tail = "";
  for (const part of parts.toReversed()) tail = part.toString("latin1", Math.max(0, part.length - sampledBytes + tail.length)) + tail;
  return tail;
}
