import type { RouteDescription } from "@freehold/kernel/openapi";
import { z } from "zod";
import { approvalStates, type Approval } from "../approvals/approval.ts";
import { answerBody, listQuery, params, tokenBody } from "./approvals.ts";
import { nextCursor, time } from "./job-answers.ts";

const tag = "Approvals";
const approval: z.ZodType<Approval> = z
  .object({
    id: z.uuid(),
    jobId: z.uuid(),
    jobTitle: z.string(),
    attempt: z.int(),
    tool: z.string(),
    input: z.unknown().describe("Exactly what the tool would be given"),
    summary: z.string(),
    requestedAt: time,
    expiresAt: time.describe("Denied unless answered by then"),
    state: z.enum(approvalStates),
    answeredBy: z.string().nullable(),
    answeredAt: time.nullable(),
    message: z.string().nullable(),
  })
  .meta({ id: "Approval" });
const one = { 200: { description: "What was asked, and its answer", body: approval } };

export const approvalDescriptions: readonly RouteDescription[] = [
  {
    method: "get",
    path: "/api/approvals",
    operation: "listApprovals",
    summary: "List what jobs ask for, newest first",
    tag,
    query: listQuery,
    answers: { 200: { description: "A page of approvals", body: z.object({ approvals: z.array(approval), nextCursor }) } },
  },
  {
    method: "post",
    path: "/api/approvals/answer",
    operation: "answerByToken",
    summary: "Answer with the token of a notice, without a session",
    tag,
    body: tokenBody,
    answers: { 200: { description: "It is answered", body: z.object({ id: z.uuid(), state: z.enum(approvalStates) }) } },
    errors: ["approval.bad-token", "approval.unknown", "approval.answered"],
  },
  {
    method: "get",
    path: "/api/approvals/:id",
    operation: "readApproval",
    summary: "Show what a job asks for",
    tag,
    params,
    answers: one,
    errors: ["approval.unknown"],
  },
  {
    method: "post",
    path: "/api/approvals/:id/answer",
    operation: "answerApproval",
    summary: "Allow or deny what a job asks for",
    tag,
    params,
    body: answerBody,
    answers: one,
    errors: ["approval.unknown", "approval.answered"],
  },
];
