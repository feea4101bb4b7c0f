import { Failure } from "../failure.ts";
import type { HomeClient } from "../home-client.ts";
import { jobIdOf } from "./job.ts";
import { harmless } from "./log-text.ts";

export interface Approval {
  id: string;
  jobId: string;
  tool: string;
  summary: string;
  requestedAt: string;
  expiresAt: string;
  state: string;
}

const pendingOf = async (home: HomeClient, jobId?: string) =>
  (await home.get<{ approvals: Approval[] }>(`/api/approvals?state=pending${jobId === undefined ? "" : `&job=${jobId}`}`)).approvals;

export async function listApprovals(home: HomeClient): Promise<Approval[]> {
  return pendingOf(home);
}

export const renderApprovals = (approvals: readonly Approval[]): string =>
  approvals.length === 0
    ? "Nothing waits for an approval."
    : approvals.map(({ id, jobId, tool, summary, expiresAt }) => harmless(`${id}  job ${jobId}  until ${expiresAt}\n    ${tool}: ${summary}`)).join("\n");

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
  const pending = await pendingOf(home);
  const asked = pending.find(({ id }) => id === given);
  if (asked !== undefined) return asked;
  const jobId = await jobIdOf(home, given);
  const ofJob = pending.filter((approval) => approval.jobId === jobId);
  if (ofJob.length === 1 && ofJob[0] !== undefined) return ofJob[0];
  if (ofJob.length === 0) throw new Failure(`Nothing of ${given} waits for an approval.`, "`npm run freehold -- jobs approvals` lists what waits.");
  throw new Failure(`Job ${jobId} asks ${ofJob.length} things.`, `Answer them one by one:\n${renderApprovals(ofJob)}`);
}
