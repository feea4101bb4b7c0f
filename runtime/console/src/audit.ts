import type { Request, RequestHandler, Response } from "express";
import type { Clock } from "@freehold/kernel/clock";
import type { Log } from "@freehold/kernel/log";
import type { Pool, Queryable } from "@freehold/kernel/postgres";
import { addressKey } from "./throttle.ts";
import type { Caller } from "./callers.ts";

export interface AuditEntry {
  actor: "owner" | "owner-token" | "anonymous";
  action: string;
  target: string;
  address: string;
  requestId: string;
}

export type Outcome = "done" | "refused" | "failed" | "aborted";

/** Writes down what is about to change, and how it ended. */
export interface Audit {
  /** A handler that records the request under an action's name before the next handler runs; without the record nothing is done. */
  record(action: string): RequestHandler;
  /** Resolves once every ended request has its outcome written. */
  settled(): Promise<void>;
}

export function createAudit(pool: Pool, clock: Clock, log: Log): Audit {
  const ending = new Set<Promise<void>>();
  const end = (id: string, response: Response) => {
    const done = endEntry(pool, id, outcomeOf(response), clock.now()).catch((error: unknown) => log.error("audit.outcome-lost", { id, error }));
    ending.add(done);
    void done.finally(() => ending.delete(done));
  };
  return {
    record: (action) => async (request, response, next) => {
      const id = await beginEntry(pool, entryOf(action, request, response), clock.now());
      response.once("close", () => end(id, response));
      next();
    },
    settled: async () => void (await Promise.all(ending)),
  };
}

function entryOf(action: string, request: Request, response: Response): AuditEntry {
  const caller = response.locals["caller"] as Caller | undefined;
  const actor = caller === undefined ? "anonymous" : caller.kind === "session" ? "owner" : "owner-token";
  return { actor, action, target: request.path.slice(0, 500), address: addressKey(request.ip), requestId: response.locals["requestId"] as string };
}

function outcomeOf(response: Response): { status: number | null; outcome: Outcome } {
  if (!response.writableFinished) return { status: response.headersSent ? response.statusCode : null, outcome: "aborted" };
  const status = response.statusCode;
  return { status, outcome: status < 400 ? "done" : status < 500 ? "refused" : "failed" };
}

async function beginEntry(db: Queryable, entry: AuditEntry, nowMs: number): Promise<string> {
  const { rows } = await db.query<{ id: string }>(
    "insert into audit (at, actor, action, target, address, request_id) values ($1, $2, $3, $4, $5, $6) returning id",
    [new Date(nowMs), entry.actor, entry.action, entry.target, entry.address, entry.requestId],
  );
  return rows[0]!.id;
}

async function endEntry(db: Queryable, id: string, ended: { status: number | null; outcome: Outcome }, nowMs: number): Promise<void> {
  // Only the owner knows the password: a sign-in that succeeded was theirs.
  await db.query(
    `update audit set status = $2, outcome = $3, ended_at = $4,
       actor = case when action = 'session.create' and $3 = 'done' then 'owner' else actor end
     where id = $1`,
    [id, ended.status, ended.outcome, new Date(nowMs)],
  );
}
