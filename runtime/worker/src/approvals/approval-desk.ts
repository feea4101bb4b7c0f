import { randomUUID } from "node:crypto";
import type { Clock } from "@freehold/kernel/clock";
import type { Log } from "@freehold/kernel/log";
import type { Pool } from "@freehold/kernel/postgres";
import type { LeaseKey } from "../store/leases.ts";
import { readRequest, requestIds, writeAnswer, type ApprovalAnswer, type ApprovalPlace } from "./approval-files.ts";
import { longestWaitMs } from "./asking-server.ts";
import { approvalsOfAttempt, askApproval, expireApprovals, type AttemptApprovals } from "./approval-store.ts";
import type { ApprovalState } from "./approval.ts";
import { summaryOf } from "./approval-summary.ts";

export interface DeskParts {
  pool: Pool;
  /** For durations only. */
  clock: Clock;
  log: Log;
  jobsDir: string;
  worker: string;
  /** Told when a question was put or answered. */
  onChange: () => void;
}

/** Questions of one attempt that wait at once; further ones are read when these are answered. */
const mostPending = 20;

/**
 * Carries questions from an attempt's container to the owner and answers back. All that it knows is in the container's files and in the
 * database, so that any worker can go on at any point: a question is put once, and an answer is written until the container has it.
 */
export class ApprovalDesk {
  /** Whether the owner is being waited for. */
  waiting = false;
  /** When the last answer came back, by the clock that was given; 0 for none. Units: milliseconds. */
  answeredAtMs = 0;
  /** Whether a question was denied because nobody answered. */
  anyExpired = false;
  readonly #parts: DeskParts;
  readonly #key: LeaseKey;
  readonly #place: ApprovalPlace;
  readonly #timeoutMs: number;
  /** Ids and digests of the questions that were put. */
  readonly #put = new Map<string, string>();
  readonly #ignored = new Set<string>();
  readonly #written = new Set<string>();
  #waited = { ms: 0, atMs: 0 };

  constructor(parts: DeskParts, key: LeaseKey, timeoutMs: number) {
    this.#parts = parts;
    this.#key = key;
    this.#place = { jobsDir: parts.jobsDir, jobId: key.jobId, attempt: key.number };
    this.#timeoutMs = timeoutMs;
  }

  /** For how long the attempt has waited in all. Units: milliseconds. */
  waitedMs(nowMs: number): number {
    return Math.min(longestWaitMs, this.#waited.ms + (this.waiting ? Math.max(0, nowMs - this.#waited.atMs) : 0));
  }

  /** Without `asking` only what was asked already is looked at: a container that has ended needs no answer. */
  async look({ asking }: { asking: boolean }): Promise<void> {
    const { pool, clock, onChange, worker } = this.#parts;
    const wasWaiting = this.waiting;
    if (asking) await this.#readQuestions();
    let found = await approvalsOfAttempt(pool, this.#key);
    if (found.overdue && (await expireApprovals(pool, this.#key.jobId, worker)) > 0) found = await approvalsOfAttempt(pool, this.#key);
    await this.#writeAnswers(found.rows);
    this.waiting = found.rows.some(({ state }) => state === "pending");
    this.anyExpired = found.rows.some(({ state }) => state === "expired");
    this.#waited = { ms: found.waitedMs, atMs: clock.now() };
    if (wasWaiting && !this.waiting) this.answeredAtMs = clock.now();
    if (wasWaiting !== this.waiting) onChange();
  }

  async #readQuestions(): Promise<void> {
    for (const id of await requestIds(this.#place)) {
      if (this.#put.has(id) || this.#ignored.has(id)) continue;
      if (this.#put.size - this.#written.size >= mostPending) return;
      const request = await readRequest(this.#place, id);
      if (request === undefined) {
        this.#ignored.add(id);
        this.#parts.log.warn("approval.unreadable", { request: id });
        continue;
      }
      const { toolUseId, tool, input, sha256, askedAtMs } = request;
      const asked = { toolUseId, tool, input: JSON.stringify(input), summary: summaryOf(tool, input), askedAtMs };
      const put = await askApproval(this.#parts.pool, this.#key, this.#parts.worker, { id: randomUUID(), requestId: id, timeoutMs: this.#timeoutMs, ...asked });
      if (!put) return;
      this.#put.set(id, sha256);
      this.#parts.log.info("approval.asked", { request: id, tool });
    }
  }

  async #writeAnswers(rows: AttemptApprovals["rows"]): Promise<void> {
    for (const { request_id: id, state, message } of rows) {
      const sha256 = this.#put.get(id);
      const answer = answerOf(state, message);
      if (sha256 === undefined || answer === undefined || this.#written.has(id)) continue;
      await writeAnswer(this.#place, id, { ...answer, sha256 });
      this.#written.add(id);
    }
  }
}

function answerOf(state: ApprovalState, message: string | null): ApprovalAnswer | undefined {
  if (state === "pending") return undefined;
  if (state === "allowed") return { behavior: "allow" };
  if (state === "denied") return { behavior: "deny", message: `The owner said no.${message === null ? "" : ` ${message}`}` };
  return { behavior: "deny", message: state === "expired" ? "Nobody answered in time, so the answer is no." : "The question was taken back." };
}
