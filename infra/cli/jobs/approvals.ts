import { Failure } from "../failure.ts";
import type { HomeClient } from "../home-client.ts";
import { jobIdOf } from "./job.ts";
import { harmless } from "./log-text.ts";

export interface Approval {
  id: string;
  jobId: string;
  tool: string;
  /** Begins with the tool's name. */
  summary: string;
  requestedAt: string;
  expiresAt: string;
  state: string;
}

/** All that waits, page by page. */
export async function listApprovals(home: HomeClient): Promise<Approval[]> {
  const all: Approval[] = [];
  for (let cursor: string | null = ""; cursor !== null;) {
    const query = new URLSearchParams({ state: "pending", limit: "200", ...(cursor !== "" && { cursor }) });
    const page: { approvals: Approval[]; nextCursor: string | null } = await home.get(`/api/approvals?${query.toString()}`);
    all.push(...page.approvals);
    cursor = page.nextCursor;
  }
  return all;
}

export const renderApprovals = (approvals: readonly Approval[]): string =>
  approvals.length === 0
    ? "Nothing waits for an approval."
    : approvals
        .map(({ id, jobId, summary, expiresAt }) => harmless(`${id}  job ${jobId}  until ${expiresAt}\n    ${summary.replaceAll("\n", "\n    ")}`))
        .join("\n");

/**
 * Allows or denies what a job asks for, by the id of the question, or by the job's where it asks only one thing: a job that asks several must be answered one by one, so
 * that nobody allows what they have not read.
 */
export async function answerApproval(home: HomeClient, given: string, answer: { decision: "allow" | "deny"; message?: string }): Promise<Approval> {
  const approval = await approvalOf(home, given);
  await home.post(`/api/approvals/${approval.id}/answer`, answer);
  return approval;
}

async function approvalOf(home: HomeClient, given: string): Promise<Approval> {
  const pending = await listApprovals(home);
  const asked = pending.find(({ id }) => id === given);
  if (asked !== undefined) return asked;
  const jobId = await jobIdOf(home, given);
  const ofJob = pending.filter((approval) => approval.jobId === jobId);
  if (ofJob.length === 1 && ofJob[0] !== undefined) return ofJob[0];
  if (ofJob.length === 0) throw new Failure(`Nothing of ${given} waits for an approval.`, "`npm run freehold -- jobs approvals` lists what waits.");
  throw new Failure(`Job ${jobId} asks ${ofJob.length} things.`, `Answer them one by one:\n${renderApprovals(ofJob)}`);
}
