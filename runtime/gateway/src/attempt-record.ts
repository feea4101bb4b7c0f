import { systemCodeOf } from "@freehold/kernel/errors";
import type { Log } from "@freehold/kernel/log";
import type { Attempt } from "./attempt.ts";
import type { Call } from "./call.ts";
import { circuitModel } from "./candidates.ts";
import type { CircuitBoard } from "./circuit-board.ts";
import type { Meters } from "./meters.ts";
import { repeatName, type RepeatMemory } from "./repeat-memory.ts";
import { isFault, type Verdict } from "./verdict.ts";

export interface RecordParts {
  board: CircuitBoard;
  memory: RepeatMemory;
  meters: Meters;
  log: Log;
}

/** Writes down what came of a call's attempts: in the circuits, the metrics, the log, and the memory of broken requests. */
export class AttemptRecord {
  readonly #parts: RecordParts;
  readonly #call: Call;
  /** Of a stream that has begun, in case it breaks: its body is gone by then. */
  #repeatName: string | undefined;

  constructor(parts: RecordParts, call: Call) {
    this.#parts = parts;
    this.#call = call;
  }

  /** Its answer has begun. */
  answered(attempt: Attempt): void {
    this.#repeatName = repeatName(this.#call);
    this.#parts.board.answered(attempt.target, this.#circuit(attempt), attempt.startedAtMs);
  }

  succeeded(attempt: Attempt): void {
    this.#parts.board.succeeded(attempt.target, this.#circuit(attempt), attempt.startedAtMs);
    attempt.pass.leave(attempt.usage);
    this.#parts.meters.attempted(attempt, "answered");
    this.#call.trace?.attempted(attempt, "answered", attempt.status);
  }

  /** There was no good answer. Where the provider is to blame, its circuit opens, and a repeat of what the caller saw begin goes to another one. */
  failed(attempt: Attempt, { kind, scope, waitMs, isHard }: Verdict, text: string, fault?: unknown): void {
    const { board, memory, meters, log } = this.#parts;
    const { target, status, isCommitted, startedAtMs } = attempt;
    const model = this.#circuit(attempt);
    if (isFault(kind)) board.failed(target, { model, scope, fault: { kind, text, startedAt: startedAtMs, waitMs, isHard } });
    // It answered, if not as wished: that is no fault of its own.
    else board.succeeded(target, model, startedAtMs);
    if (this.#repeatName !== undefined) memory.remember(this.#repeatName, target.provider.name);
    attempt.pass.leave(attempt.usage);
    meters.attempted(attempt, kind);
    this.#call.trace?.attempted(attempt, kind, status);
    const fields = { target: target.name, kind, text, status, isCommitted, waitMs, fault: systemCodeOf(fault), requestId: this.#call.id };
    log[isFault(kind) ? "warn" : "info"]("provider.failed", fields);
  }

  /** Its caller left, or the gateway stops: that says nothing about the provider. */
  abandoned(attempt: Attempt): void {
    if (!attempt.isCommitted) this.#parts.board.abandoned(attempt.target, this.#circuit(attempt));
    attempt.pass.leave(attempt.usage);
    this.#parts.meters.attempted(attempt, "abandoned");
    this.#call.trace?.attempted(attempt, "abandoned", attempt.status);
  }

  /** How long until its target may be asked again. Units: milliseconds. */
  waitMs(attempt: Attempt): number {
    return this.#parts.board.blockade(attempt.target, this.#circuit(attempt))?.waitMs ?? 0;
  }

  #circuit({ askedModel }: Attempt): string {
    return circuitModel(this.#call, askedModel);
  }
}
