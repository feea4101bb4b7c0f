import { renderErrorEvent, renderRefusal } from "./anthropic-error.ts";
import { Attempt, describe, textOf, type AttemptOwner, type Failure } from "./attempt.ts";
import { AttemptRecord, type RecordParts } from "./attempt-record.ts";
import { beginningOf, type Beginning } from "./beginning.ts";
import type { Call } from "./call.ts";
import { Candidates, type Candidate } from "./candidates.ts";
import type { Ending, Outcome } from "./ending.ts";
import type { Refusal } from "./errors.ts";
import { finalAnswer, tellTried, upstreamRequestId, type FinalAnswer, type Tried } from "./final-answer.ts";
import { headersForCaller } from "./headers.ts";
import type { AnswerHeaders, Outlet } from "./outlet.ts";
import { outgoingOf } from "./outgoing.ts";
import type { Grant, TargetGate } from "./pipeline.ts";
import type { Credential } from "./provider-kinds.ts";
import type { Target } from "./provider.ts";
import { learnRefusedBetas } from "./refused-betas.ts";
import { sentBody } from "./sent-body.ts";
import { Tally } from "./tally.ts";
import type { WireRequest } from "./translation.ts";
import { garbage } from "./upstream-fault.ts";
import type { Upstreams } from "./upstreams.ts";
import type { Verdict } from "./verdict.ts";

export interface DeliveryParts extends RecordParts {
  /** In order of priority. */
  targets: readonly Target[];
  targetGate: TargetGate;
  upstreams: Upstreams;
  passOverloaded: boolean;
}

export interface DeliveryJob {
  call: Call;
  grant: Grant;
  outlet: Outlet;
  /** A provider is about to be asked, which `ask` does, at once or later; absent where nobody takes note. */
  onAsk: ((beginning: Beginning, ask: () => void) => void) | undefined;
  /** Told before the caller has the last bytes. */
  onEnd: (ending: Ending) => void;
  /** Told once no provider works on it any more. */
  onGone: () => void;
}

/** What the books say of a caller who left before there was a status. */
const clientClosedRequest = 499;
/** Units: milliseconds. */
const lingerMs = 1_000;
const mostMends = 2;
const nothing = Buffer.alloc(0);

/** One call on its way through the providers: the next one is asked as long as the caller has seen nothing of an answer. */
export class Delivery implements AttemptOwner {
  readonly #parts: DeliveryParts;
  readonly #job: DeliveryJob;
  readonly #candidates: Candidates;
  readonly #record: AttemptRecord;
  readonly #tally = new Tally();
  readonly #tried: Tried[] = [];
  #attempt: Attempt | undefined;
  #isFreed = true;
  #hasHead = false;
  #mends = 0;
  #endedAt: number | undefined;

  constructor(parts: DeliveryParts, job: DeliveryJob) {
    this.#parts = parts;
    this.#job = job;
    this.#record = new AttemptRecord(parts, job.call);
    const { call, grant } = job;
    this.#candidates = new Candidates(parts, { call, grant, avoided: parts.memory.brokenBy(call) });
    job.outlet.on("close", () => this.#left());
    job.outlet.on("drain", () => this.#attempt?.resume());
  }

  start(): void {
    const { meters } = this.#parts;
    const { call, outlet } = this.#job;
    if (outlet.destroyed) return this.#left();
    this.#next();
    if (this.#attempt !== undefined) meters.added(this.#attempt.target.provider.name, performance.now() - call.readAt);
  }

  /** Called about once a second. Units: milliseconds. */
  keepAlive(now: number, pingAfterMs: number): void {
    if (this.#endedAt === undefined) this.#attempt?.keepAlive(now, pingAfterMs);
    else if (now - this.#endedAt > lingerMs) this.#attempt?.abort();
  }

  /** Ends it with an error of the gateway's own, in whatever state it is. */
  fail(why: Refusal): void {
    if (this.#endedAt !== undefined) return this.#attempt?.abort();
    this.#candidates.leave();
    const attempt = this.#drop();
    if (attempt !== undefined) this.#tally.add(attempt);
    this.#tell({ ...renderRefusal(why, this.#job.call.id), code: why.code });
  }

  headed({ target, askedModel, status, headers }: Attempt): void {
    this.#parts.targetGate.observe(target, askedModel, { status, headers });
  }

  openStream(): void {
    const { call, grant } = this.#job;
    this.#head({ "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache", "request-id": call.id, ...grant.headers });
  }

  committed(attempt: Attempt): void {
    this.#head(this.#answerHeaders(attempt));
    this.#record.answered(attempt);
    const { call } = this.#job;
    // From here on nobody needs the prompt, and the stream may run for minutes.
    call.body = nothing;
    call.fields.members = undefined;
  }

  settled(attempt: Attempt, verdict: Verdict | undefined): void {
    if (verdict === undefined) this.#record.succeeded(attempt);
    else this.#record.failed(attempt, verdict, "error event");
    this.#end(verdict === undefined ? "completed" : "failed", 200, attempt);
  }

  broke(attempt: Attempt, failure: Failure): void {
    const { outlet } = this.#job;
    const why = "refusal" in failure.told ? failure.told.refusal : garbage(attempt.target.provider);
    this.#parts.meters.refused(why.code);
    this.#record.failed(attempt, failure.verdict, why.code, failure.fault);
    this.#end("failed", 200, attempt);
    outlet.end(renderErrorEvent(why));
  }

  answered(attempt: Attempt, body: Buffer): void {
    this.#record.succeeded(attempt);
    if (this.#hasHead) {
      // Pings have gone out for another provider's stream; an answer that is no stream can't follow them.
      const why = garbage(attempt.target.provider);
      this.#tally.add(attempt);
      return this.#tell({ ...renderRefusal(why, this.#job.call.id), code: why.code });
    }
    this.#end("completed", attempt.status, attempt);
    this.#send(attempt.status, { ...this.#answerHeaders(attempt) }, body);
  }

  failed(attempt: Attempt, failure: Failure): void {
    if (this.#endedAt !== undefined) return;
    const { target } = attempt;
    const { verdict } = failure;
    this.#tally.add(attempt);
    this.#record.failed(attempt, verdict, describe(failure), failure.fault);
    if (verdict.kind === "betas" && ++this.#mends <= mostMends && learnRefusedBetas(target.provider, textOf(failure), Date.now())) {
      this.#candidates.again(target);
      return this.#next();
    }
    if (verdict.isSlow || verdict.scope === "provider") this.#candidates.exclude(target.provider);
    const waitMs = this.#record.waitMs(attempt);
    const tried: Tried = { provider: target.provider, failure, waitMs };
    this.#tried.push(tried);
    if (verdict.kind === "caller") this.#tell(tellTried(tried, this.#context()));
    else this.#next();
  }

  freed(attempt: Attempt): void {
    if (attempt !== this.#attempt || this.#isFreed) return;
    this.#isFreed = true;
    if (this.#endedAt !== undefined) this.#job.onGone();
  }

  #next(): void {
    const found = this.#candidates.next();
    if (found instanceof Promise) void found.then((candidate) => this.#take(candidate));
    else this.#take(found);
  }

  #take(candidate: Candidate | undefined): void {
    // It may have ended while it stood in line.
    if (this.#endedAt !== undefined) {
      if (candidate !== undefined) this.#candidates.giveBack(candidate);
      return;
    }
    if (candidate === undefined) this.#tell(finalAnswer(this.#tried, this.#candidates.skipped(), this.#context()));
    else this.#ask(candidate);
  }

  #ask(candidate: Candidate): void {
    const { call, outlet } = this.#job;
    const attempt = new Attempt({ owner: this, call, outlet, ...candidate });
    this.#attempt = attempt;
    this.#isFreed = false;
    const outgoing = outgoingOf(call, candidate, Date.now());
    if ("refused" in outgoing) {
      attempt.refuse(outgoing.refused);
      return this.freed(attempt);
    }
    if ("local" in outgoing) {
      attempt.answerLocally(outgoing.local);
      return this.freed(attempt);
    }
    const credential = candidate.target.credential();
    if (!(credential instanceof Promise)) return this.#dispatch(attempt, outgoing, credential);
    credential.then(
      (fetched) => (attempt.isOver ? this.freed(attempt) : this.#dispatch(attempt, outgoing, fetched)),
      (fault: unknown) => attempt.onResponseError(undefined, fault),
    );
  }

  #dispatch(attempt: Attempt, { method, path, headers, body }: WireRequest, credential: Credential): void {
    const { provider } = attempt.target;
    const { firstByteMs, answerMs, idleMs } = provider.timeouts;
    for (const [name, value] of credential) headers.push(name, value);
    this.#job.call.trace?.asked(attempt, headers);
    const headersTimeout = this.#job.call.fields.stream ? firstByteMs : answerMs;
    const sent = sentBody(body, headers);
    const ask = () => {
      try {
        this.#parts.upstreams
          .poolOf(provider)
          .dispatch({ method, path: provider.basePath + path, headers, body: sent, headersTimeout, bodyTimeout: idleMs }, attempt);
      } catch (fault) {
        attempt.onResponseError(undefined, fault);
      }
    };
    const { onAsk } = this.#job;
    if (onAsk === undefined) ask();
    else onAsk(beginningOf(this.#job.call, attempt, this.#tally), () => (attempt.isOver ? this.freed(attempt) : ask()));
  }

  /** The caller's socket closed. When that came before the answer's end, the provider is freed at once. */
  #left(): void {
    if (this.#endedAt !== undefined) return;
    this.#candidates.leave();
    const attempt = this.#drop();
    this.#end("aborted", attempt === undefined || attempt.status === 0 ? clientClosedRequest : attempt.status, attempt);
  }

  /** Gives the running attempt up, which says nothing about its provider. */
  #drop(): Attempt | undefined {
    const attempt = this.#attempt;
    if (attempt === undefined || attempt.isOver) return undefined;
    attempt.abort();
    this.#record.abandoned(attempt);
    return attempt;
  }

  #tell({ status, headers, body, code }: FinalAnswer): void {
    if (code !== undefined) this.#parts.meters.refused(code);
    this.#end("failed", this.#hasHead ? 200 : status, undefined);
    if (this.#hasHead) this.#job.outlet.end(`event: error\ndata: ${body}\n\n`);
    else this.#send(status, headers, body);
  }

  #head(headers: AnswerHeaders): void {
    if (this.#hasHead) return;
    this.#hasHead = true;
    this.#job.outlet.writeHead(200, headers);
  }

  #send(status: number, headers: AnswerHeaders, body: string | Buffer): void {
    const { outlet, grant } = this.#job;
    if (outlet.headersSent || outlet.destroyed) return;
    outlet.writeHead(status, { ...headers, ...grant.headers, "content-length": String(Buffer.byteLength(body)) });
    outlet.end(body);
  }

  #answerHeaders({ headers, target }: Attempt): AnswerHeaders {
    const kept = headersForCaller(headers, target.provider.name);
    kept["request-id"] ??= this.#job.call.id;
    return this.#job.grant.headers === undefined ? kept : { ...kept, ...this.#job.grant.headers };
  }

  /** Closes the call's account; `attempt` is the one whose answer the caller got, if not all of it. */
  #end(outcome: Outcome, status: number, attempt: Attempt | undefined): void {
    if (this.#endedAt !== undefined) return;
    this.#endedAt = performance.now();
    if (attempt !== undefined) this.#tally.add(attempt);
    const last = attempt ?? this.#attempt;
    this.#job.onEnd({
      outcome,
      status,
      provider: last?.target.provider.name ?? "none",
      usage: this.#tally.usage,
      costUsd: this.#tally.costUsd,
      model: attempt?.model ?? this.#job.call.fields.model,
      streamed: last?.isStream ?? false,
      upstreamRequestId: last && upstreamRequestId(last.headers),
      firstByteAt: last?.firstByteAt,
    });
    if (this.#isFreed) this.#job.onGone();
  }

  #context(): { requestId: string; model: string | undefined; passOverloaded: boolean } {
    const { id, fields } = this.#job.call;
    return { requestId: id, model: fields.model, passOverloaded: this.#parts.passOverloaded };
  }
}
