import type { Request, RequestHandler, Response } from "express";
import type { Clock } from "@freehold/kernel/clock";
import type { Log } from "@freehold/kernel/log";
import type { Pool, Queryable } from "@freehold/kernel/postgres";
import { addressKey } from "./throttle.ts";

export const outcomes = ["done", "refused", "failed", "aborted"] as const;
export type Outcome = (typeof outcomes)[number];

/** As much of a caller as the audit writes down. */
interface Actor {
  by: "session" | "api-token" | "owner-token";
  member: { id: string; name: string; role: string };
}

/** Writes down what is about to change, and how it ended. */
export interface Audit {
  /** Records a request under an action's name; how it ends is written when the answer is out. Throws: what the database does. */
  begin(action: string, request: Request, response: Response): Promise<void>;
  /** A handler that records the request before the next handler runs; without the record nothing is done. */
  record(action: string): RequestHandler;
  /** Resolves once every ended request has its outcome written. */
  settled(): Promise<void>;
}

/** Says who asks, for the record and for all that comes after. */
export const noteCaller = (response: Response, caller: Actor): void => void (response.locals["caller"] = caller);
/** Says in a few words what was changed, where the address alone does not. */
export const noteDetail = (response: Response, detail: string): void => void (response.locals["auditDetail"] = detail);

export function createAudit(pool: Pool, clock: Clock, log: Log): Audit {
  const ending = new Set<Promise<void>>();
  const end = (id: string, response: Response) => {
    const done = endEntry(pool, id, { response, nowMs: clock.now() }).catch((error: unknown) => log.error("audit.outcome-lost", { id, error }));
    ending.add(done);
    void done.finally(() => ending.delete(done));
  };
  const begin: Audit["begin"] = async (action, request, response) => {
    const id = await beginEntry(pool, { action, request, response }, clock.now());
    response.once("close", () => end(id, response));
  };
  return {
    begin,
    record: (action) => async (request, response, next) => {
      await begin(action, request, response);
      next();
    },
    settled: async () => void (await Promise.all(ending)),
  };
}

const actorOf = (response: Response): { actor: string; memberId: string | null; memberName: string | null } => {
  const caller = response.locals["caller"] as Actor | undefined;
  if (caller === undefined) return { actor: "anonymous", memberId: null, memberName: null };
  const { id, name, role } = caller.member;
  return { actor: caller.by !== "session" ? caller.by : role === "owner" ? "owner" : "member", memberId: id, memberName: name };
};

function outcomeOf(response: Response): { status: number | null; outcome: Outcome } {
  if (!response.writableFinished) return { status: response.headersSent ? response.statusCode : null, outcome: "aborted" };
  const status = response.statusCode;
  return { status, outcome: status < 400 ? "done" : status < 500 ? "refused" : "failed" };
}

async function beginEntry(db: Queryable, entry: { action: string; request: Request; response: Response }, nowMs: number): Promise<string> {
  const { action, request, response } = entry;
  const { actor, memberId, memberName } = actorOf(response);
  const target = (request.baseUrl + request.path).slice(0, 500);
  const { rows } = await db.query<{ id: string }>(
    "insert into audit (at, actor, member_id, member_name, action, target, address, request_id) values ($1, $2, $3, $4, $5, $6, $7, $8) returning id",
    [new Date(nowMs), actor, memberId, memberName, action, target, addressKey(request.ip), response.locals["requestId"]],
  );
  return rows[0]!.id;
}

/** Who asked may have come out meanwhile: a sign-in begins with nobody known. */
async function endEntry(db: Queryable, id: string, { response, nowMs }: { response: Response; nowMs: number }): Promise<void> {
  const { status, outcome } = outcomeOf(response);
  const { actor, memberId, memberName } = actorOf(response);
  await db.query("update audit set status = $2, outcome = $3, ended_at = $4, actor = $5, member_id = $6, member_name = $7, detail = $8 where id = $1", [
    id,
    status,
    outcome,
    new Date(nowMs),
    actor,
    memberId,
    memberName,
    ((response.locals["auditDetail"] as string | undefined) ?? null)?.slice(0, 300) ?? null,
  ]);
  if (status === 429) await dropRepeated(db, id, nowMs);
}

/** A throttled caller goes on at will: one row a minute says so, more would only fill the disk. */
async function dropRepeated(db: Queryable, id: string, nowMs: number): Promise<void> {
  await db.query(
    `delete from audit a using audit before
     where a.id = $1 and before.id < a.id and before.at > $2 and before.status = 429
       and before.address = a.address and before.action = a.action and before.actor = a.actor`,
    [id, new Date(nowMs - 60_000)],
  );
}
