import type { Express, Request, Response } from "express";
import { randomUUID } from "node:crypto";
import { problem } from "./scripted-services.ts";

export interface ScriptedQueue {
  paused: { at: string; by: string; reason: string | null } | null;
  limit: { until: string; reason: string; provider: string } | null;
  waitForLimits: boolean;
  slots: number;
}

export const quietQueue = (): ScriptedQueue => ({ paused: null, limit: null, waitForLimits: true, slots: 3 });

/** The worker's queue; `count` says how many jobs are in a state. */
export function serveQueue(app: Express, queue: ScriptedQueue, count: (state: string) => number): void {
  const answer = (response: Response) =>
    void response.json({
      ...queue,
      running: count("running"),
      queued: count("queued"),
      waitingForLimit: count("waiting-for-limit"),
      waitingForApproval: count("waiting-for-approval"),
      oldestQueuedAt: count("queued") === 0 ? null : new Date(Date.now() - 90_000).toISOString(),
    });
  const change = (part: (request: Request) => Partial<ScriptedQueue>) => (request: Request, response: Response) => {
    Object.assign(queue, part(request));
    answer(response);
  };
  app.get("/api/queue", (_request, response) => answer(response));
  app.patch(
    "/api/queue",
    change(({ body }) => body as Partial<ScriptedQueue>),
  );
  app.post(
    "/api/queue/pause",
    change(({ body }) => ({ paused: { at: new Date().toISOString(), by: "owner", reason: (body as { reason?: string }).reason ?? null } })),
  );
  app.post(
    "/api/queue/resume",
    change(() => ({ paused: null })),
  );
  app.post(
    "/api/queue/limit/clear",
    change(() => ({ limit: null })),
  );
}

export interface ScriptedApproval extends Record<string, unknown> {
  id: string;
  jobId: string;
  state: string;
}

export const newApproval = (fields: { jobId: string; tool: string; input: object } & Record<string, unknown>): ScriptedApproval => ({
  id: randomUUID(),
  summary: "",
  requestedAt: new Date(Date.now() - 40_000).toISOString(),
  expiresAt: new Date(Date.now() + 14 * 60_000).toISOString(),
  state: "pending",
  answeredBy: null,
  answeredAt: null,
  message: null,
  ...fields,
});

/** The questions of jobs; `onAnswer` lets a job go on. */
export function serveApprovals(app: Express, all: ScriptedApproval[], onAnswer: (approval: ScriptedApproval) => void): void {
  app.get("/api/approvals", (request, response) => {
    const { state, job, limit = "100", cursor = "0" } = request.query as Record<string, string | undefined>;
    const [from, to] = [Number(cursor), Number(cursor) + Number(limit)];
    const isWanted = (approval: ScriptedApproval) =>
      (job === undefined || approval.jobId === job) && (state === undefined || (state === "pending") === (approval.state === "pending"));
    const wanted = all.filter(isWanted);
    response.json({ approvals: wanted.slice(from, to), nextCursor: to < wanted.length ? String(to) : null });
  });
  app.post("/api/approvals/:id/answer", (request, response) => {
    const approval = all.find(({ id }) => id === request.params.id);
    if (approval === undefined) return problem(response, 404, "approval.unknown", "There is no such question.");
    if (approval.state !== "pending") return problem(response, 409, "approval.answered", `It was ${approval.state} already.`);
    const { decision, message } = request.body as { decision: string; message?: string };
    Object.assign(approval, {
      state: decision === "allow" ? "allowed" : "denied",
      answeredBy: "owner",
      answeredAt: new Date().toISOString(),
      message: message ?? null,
    });
    onAnswer(approval);
    response.json(approval);
  });
}
