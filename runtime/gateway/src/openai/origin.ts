import type { Refusal } from "../errors.ts";

/** What a caller sent in its own dialect, for a provider that speaks that dialect too. */
export interface Origin {
  /** Chat Completions is the one that providers have in common. */
  dialect: "chat";
  body: Buffer;
  /** Why no provider that speaks Anthropic's Messages API can be asked; the body as Messages then holds the caller's own under `freehold_origin`. */
  untranslatable: Refusal | undefined;
  /** Where such a provider's answer passes by, unchanged. */
  raw: RawAnswer;
}

/**
 * The bytes of an answer that needs no translation, beside the translated ones, which books, limits and failover read. Each part is queued right before its
 * translation goes out, so that both arrive together.
 */
export class RawAnswer {
  #parts: Buffer[] = [];
  #isOn = false;

  /** A provider that speaks the caller's dialect begins to answer; what an earlier one left is of no more use. */
  begin(): void {
    this.#isOn = true;
    this.#parts = [];
  }

  /** Another provider answers, whose words must be translated. */
  stop(): void {
    this.#isOn = false;
    this.#parts = [];
  }

  get isOn(): boolean {
    return this.#isOn;
  }

  add(part: Buffer): void {
    this.#parts.push(part);
  }

  take(): Buffer {
    const all = Buffer.concat(this.#parts);
    this.#parts = [];
    return all;
  }
}
