import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { startJobHome, type JobHome } from "../support/job-home.ts";
import { until } from "../support/until.ts";

interface Job {
  id: string;
  state: string;
  result: string | null;
  error: { code: string } | null;
  attempts: { number: number; state: string }[];
}
interface Approval {
  id: string;
  tool: string;
  input: { command: string };
  state: string;
}

let home: JobHome;
beforeAll(async () => {
  home = await startJobHome(1);
}, 600_000);
afterAll(() => home?.remove(), 60_000);

const patient = { timeoutMs: 120_000, everyMs: 250 };
const call = async <T>(method: string, path: string, body?: unknown): Promise<T & { status: number }> => {
  const response = await fetch(`${home.url()}${path}`, {
    method,
    headers: { authorization: "Bearer worker-token", "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { ...((await response.json()) as T), status: response.status };
};
const jobOf = (id: string) => call<Job>("GET", `/api/jobs/${id}`);
const approvals = async (id: string) => (await call<{ approvals: Approval[] }>("GET", `/api/approvals?job=${id}`)).approvals;
const pending = (id: string) => until("a question", async () => (await approvals(id)).find(({ state }) => state === "pending"), patient);
const answer = (approval: Approval, decision: string) => call<Approval & { code?: string }>("POST", `/api/approvals/${approval.id}/answer`, { decision });
const workspace = (id: string, name: string) => join(home.place.folder, id, "workspace", name);

test("[W46] the real Claude Code in its container asks, waits while worker and manager are killed, does what was allowed once, and not what was denied", async () => {
  const prompt = "[[bash:echo done >> allowed.txt]] [[bash:echo done >> denied.txt]]";
  const { id } = await call<Job>("POST", "/api/jobs", { prompt, permissionMode: "ask", maxAttempts: 1 });
  const first = await pending(id);
  expect(first).toMatchObject({ tool: "Bash", input: { command: "echo done >> allowed.txt" } });
  expect(await jobOf(id)).toMatchObject({ state: "waiting-for-approval" });
  const [container] = home.jobContainers();
  for (const part of ["worker", "manager"] as const) home.kill(part);
  for (const part of ["manager", "worker"] as const) home.start(part);
  await until("the worker", async () => (await fetch(`${home.url()}/health/ready`)).ok, patient);
  expect(await approvals(id)).toMatchObject([{ id: first.id, state: "pending" }]);
  expect(existsSync(workspace(id, "allowed.txt"))).toBe(false);

  expect(await answer(first, "allow")).toMatchObject({ status: 200, state: "allowed" });
  // The answer is stored: that the worker dies before it has brought it to the container loses nothing.
  home.kill("worker");
  home.start("worker");
  await until("the worker", async () => (await fetch(`${home.url()}/health/ready`)).ok, patient);
  const second = await pending(id);
  expect(second).toMatchObject({ input: { command: "echo done >> denied.txt" } });
  expect(await answer(first, "deny")).toMatchObject({ status: 409, code: "approval.answered" });
  expect(await answer(second, "deny")).toMatchObject({ status: 200, state: "denied" });
  const job = await until("the end", async () => (await jobOf(id)).state === "succeeded" && jobOf(id), patient);
  expect(job).toMatchObject({ error: null, attempts: [{ number: 1, state: "succeeded" }] });
  expect(readFileSync(workspace(id, "allowed.txt"), "utf8")).toBe("done\n");
  expect(existsSync(workspace(id, "denied.txt"))).toBe(false);
  expect(await approvals(id)).toHaveLength(2);
  expect(container).toBe(`${home.place.prefix}-job-${id}-1`);
}, 400_000);
