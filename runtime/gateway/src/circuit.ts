/** Why a circuit opened; what callers are told while it is open follows from it. */
export const faultKinds = ["busy", "down", "credential", "billing"] as const;
export type FaultKind = (typeof faultKinds)[number];

export type CircuitState = "closed" | "open" | "half-open";

/** A failure as the circuit counts it. Units: milliseconds of one clock. */
export interface Fault {
  kind: FaultKind;
  /** For the owner's eyes, such as `429 rate_limit_error`. */
  text: string;
  /** When the attempt began: one that began before the circuit opened says nothing new. */
  startedAt: number;
  /** What the provider asked to wait; without it the waits double from one second on. */
  waitMs: number | undefined;
  /** Whether asking again earlier is pointless. Others are asked for as a last resort until they have failed three times. */
  isHard: boolean;
}

/** Units: milliseconds. */
const firstWaitMs = 1_000;
const longestBackoffMs = 60_000;
export const longestWaitMs = 86_400_000;
/** A probe that has not been answered by then makes room for another one: an answer that is no stream may take minutes. */
const probeMs = 5_000;
const failuresToHard = 3;

/** Remembers whether something that failed should be asked again. Units: `now` and `startedAt` in milliseconds of one clock. */
export class Circuit {
  #failures = 0;
  #openedAt = 0;
  #openUntil: number | undefined;
  #probeUntil = 0;
  #isHard = false;
  #last: { fault: Fault; at: number } | undefined;

  get failures(): number {
    return this.#failures;
  }

  get last(): { fault: Fault; at: number } | undefined {
    return this.#last;
  }

  state(now: number): CircuitState {
    if (this.#openUntil === undefined) return "closed";
    return now < this.#openUntil ? "open" : "half-open";
  }

  /** How long until it may be asked again. */
  waitMs(now: number): number {
    return this.#openUntil === undefined ? 0 : Math.max(0, this.#openUntil - now, this.state(now) === "half-open" ? this.#probeUntil - now : 0);
  }

  /** Whether a request may go through; as a last resort also one that has failed a few times without saying for how long. */
  admits(now: number, isLastResort: boolean): boolean {
    const state = this.state(now);
    if (state === "closed" || (isLastResort && !this.#isHard)) return true;
    return state === "half-open" && now >= this.#probeUntil;
  }

  /** A request goes through; in half-open it is the probe, and others wait for its answer. */
  began(now: number): void {
    if (this.state(now) === "half-open") this.#probeUntil = now + probeMs;
  }

  failed(fault: Fault, now: number): void {
    this.#last = { fault, at: now };
    const askedMs = fault.waitMs === undefined ? undefined : Math.min(fault.waitMs, longestWaitMs);
    if (this.#openUntil !== undefined && fault.startedAt < this.#openedAt) {
      if (askedMs !== undefined) this.#openUntil = Math.max(this.#openUntil, now + askedMs);
      this.#isHard ||= fault.isHard;
      return;
    }
    this.#failures += 1;
    this.#openedAt = now;
    this.#openUntil = now + (askedMs ?? Math.min(longestBackoffMs, firstWaitMs * 2 ** (this.#failures - 1)));
    this.#isHard = fault.isHard || this.#failures >= failuresToHard;
    this.#probeUntil = 0;
  }

  /** An answer has begun: others may follow. The failures still count until one has come to its end. */
  answered(startedAt: number): void {
    if (this.#openUntil === undefined || startedAt < this.#openedAt) return;
    this.#openUntil = undefined;
    this.#isHard = false;
    this.#probeUntil = 0;
  }

  succeeded(startedAt: number): void {
    if (startedAt < this.#openedAt) return;
    this.answered(startedAt);
    this.#failures = 0;
  }

  /** The caller left before an answer: the probe, if it was one, has told nothing. */
  abandoned(): void {
    this.#probeUntil = 0;
  }
}
