import { jsonBody, parseInput } from "@freehold/kernel/http";
import { Router } from "express";
import { z } from "zod";
import { decisions, readAnswer } from "../approvals/answer-token.ts";
import { answerApproval, listApprovals, requireApproval } from "../approvals/approval-store.ts";
import type { Answer, ApprovalPlace } from "../approvals/approval-store.ts";
import { fault } from "../errors.ts";
import type { Parts } from "../parts.ts";
import { callerOf } from "./caller.ts";

export const params = z.object({ id: z.uuid() });
const cursor = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,100}$/)
  .transform((text) => Buffer.from(text, "base64url").toString().split("."))
  .pipe(z.tuple([z.string().regex(/^\d{1,16}$/), z.uuid()]))
  .transform(([askedUs, id]) => ({ askedUs, id }));
const cursorOf = ({ askedUs, id }: ApprovalPlace) => Buffer.from(`${askedUs}.${id}`).toString("base64url");
export const listQuery = z.object({
  state: z.enum(["pending", "answered"]).optional(),
  job: z.uuid().optional(),
  limit: z.coerce.number().int().min(1).max(200).default(100),
  cursor: cursor.optional(),
});
const decision = z.enum(decisions);
const message = z
  .string()
  .max(2_000)
  .refine((value) => !value.includes("\0"), "holds a NUL character")
  .optional();
export const answerBody = z.strictObject({ decision, message });
export const tokenBody = z.strictObject({ token: z.string().max(2_000), decision });
const body = jsonBody(16_384);

/** Requests of jobs and their answers. */
export function approvalRoutes(parts: Parts): Router {
  const { pool, settings, sender, changes, log } = parts;
  const router = Router();
  const answer = async (id: string, given: Answer) => {
    const approval = await answerApproval(pool, id, settings.WORKER_NAME, given);
    log.info("approval.answered", { approvalId: id, jobId: approval.jobId, state: approval.state });
    changes.announce(approval.jobId, "job");
    return approval;
  };
  router.get("/", async (request, response) => {
    const { state, job, limit, cursor: before } = parseInput(listQuery, request.query);
    const { approvals, next } = await listApprovals(pool, { state, jobId: job, limit, before });
    response.json({ approvals, nextCursor: next === null ? null : cursorOf(next) });
  });
  // Reached without a session: the token is the right to give this one answer.
  router.post("/answer", body, async (request, response) => {
    const { token, decision: wanted } = parseInput(tokenBody, request.body);
    const claim = readAnswer(sender.keys.tokenKey, token, sender.clock.now());
    if (claim === undefined || claim.decision !== wanted)
      throw fault("approval.bad-token", "This link answers nothing: it is too old, or not one of this home's. Open the console and answer there.");
    const { id, state } = await answer(claim.approvalId, { decision: wanted, message: null, by: `link sent to ${claim.via}` });
    response.json({ id, state });
  });
  router.get("/:id", async (request, response) => void response.json(await requireApproval(pool, parseInput(params, request.params).id)));
  router.post("/:id/answer", body, async (request, response) => {
    const { id } = parseInput(params, request.params);
    const { decision: given, message: said } = parseInput(answerBody, request.body);
    response.json(await answer(id, { decision: given, message: said ?? null, by: callerOf(request) ?? "the owner" }));
  });
  return router;
}
