import { mkdir, readdir, symlink, writeFile } from "node:fs/promises";
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { expect, jest, test } from "@jest/globals";
import { until } from "../../../../tests/support/until.ts";
import { Receiver, type Received } from "../notices/testing/receiver.ts";
import { successOf } from "../testing/worker-place.ts";
import type { Approval } from "./approval.ts";
import { AskingContainer } from "./testing/asking-container.ts";
import { withWorker } from "../testing/worker-scene.ts";

jest.setTimeout(60_000);
const settings = { JOB_SLOTS: "20", NOTICE_ALLOWED_HOSTS: "127.0.0.1", CONSOLE_ORIGIN: "https://console.example" };
const scene = withWorker(settings);
const command = { command: "rm -rf build && echo “done”", description: "Clean" };

const started = async (more: object = {}) => {
  const { id } = await scene.worker.post({ permissionMode: "ask", ...more });
  const name = `job-${id}-1`;
  await until("the container", () => scene.place.manager.containers.has(name));
  const finish = (result: object = {}) => {
    scene.place.manager.print(name, { ...successOf("done"), ...result });
    scene.place.manager.exit(name, 0);
  };
  return { id, name, container: new AskingContainer(join(scene.place.jobsDir, id)), finish };
};
const approvalsOf = async (id: string) => ((await (await scene.worker.call("GET", `/api/approvals?job=${id}`)).json()) as { approvals: Approval[] }).approvals;
const pending = (id: string) => until("the question", async () => (await approvalsOf(id)).find(({ state }) => state === "pending"));
const answer = (approval: Approval, decision: string, message?: string) =>
  scene.worker.call("POST", `/api/approvals/${approval.id}/answer`, { decision, ...(message === undefined ? {} : { message }) });
const stateIs = (id: string, state: string) => until(`the job to be ${state}`, async () => (await scene.worker.get(id)).state === state);

test("[W46] a question names exactly what would be done, the job waits, and the answer lets it go on", async () => {
  const { id, container, finish } = await started();
  const replied = container.ask("Bash", command);
  const approval = await pending(id);
  expect(approval).toMatchObject({ jobId: id, attempt: 1, tool: "Bash", input: command, summary: `Bash: ${command.command}`, answeredBy: null });
  expect(Date.parse(approval.expiresAt) - Date.parse(approval.requestedAt)).toBeGreaterThan(590_000);
  await stateIs(id, "waiting-for-approval");
  expect(await (await answer(approval, "allow")).json()).toMatchObject({ state: "allowed", answeredBy: "the owner" });
  expect(await replied).toEqual({ behavior: "allow", updatedInput: command });
  await stateIs(id, "running");
  finish();
  await stateIs(id, "succeeded");
  const { rows } = await scene.client.query("select kind from events where job_id = $1 and kind like 'approval.%' order by id", [id]);
  expect(rows.map(({ kind }: { kind: string }) => kind)).toEqual(["approval.asked", "approval.allowed"]);
  await container.stop();
});

test("[W47] of many answers at once one counts, and the others are told which", async () => {
  const { id, container, finish } = await started();
  const replied = container.ask("Write", { file_path: "/workspace/a", content: "one\ntwo" });
  const approval = await pending(id);
  expect(approval.summary).toBe("Write: /workspace/a\n+ one\n+ two");
  const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => answer(approval, index % 2 === 0 ? "allow" : "deny", "because")));
  const given = answers.filter(({ status }) => status === 200);
  expect([given.length, answers.filter(({ status }) => status === 409).length]).toEqual([1, 19]);
  const first = (await given[0]?.json()) as Approval;
  const other = (await answers.find(({ status }) => status === 409)?.json()) as { code: string; details: { approval: Approval } };
  expect(other).toMatchObject({ code: "approval.answered", details: { approval: { state: first.state, answeredAt: first.answeredAt } } });
  expect((await replied).behavior).toBe(first.state === "allowed" ? "allow" : "deny");
  finish();
  await container.stop();
});

test("[W48] what nobody answers in time is denied, told as such, and fails the job whose tool it was", async () => {
  const { id, container, finish } = await started({ approvalTimeoutMs: 1_000, maxAttempts: 1 });
  expect(await container.ask("Bash", command)).toEqual({ behavior: "deny", message: "Nobody answered in time, so the answer is no." });
  const [approval] = await approvalsOf(id);
  expect(approval).toMatchObject({ state: "expired", answeredBy: null });
  expect(await (await answer(approval as Approval, "allow")).json()).toMatchObject({ code: "approval.answered", status: 409 });
  finish({ permission_denials: [{ tool_name: "Bash" }] });
  await stateIs(id, "failed");
  expect((await scene.worker.get(id)).error).toMatchObject({ code: "job.permission-denied" });
  await container.stop();
});

test("a job that its owner told no, and why, may still succeed", async () => {
  const { id, container, finish } = await started();
  const replied = container.ask("Bash", command);
  await answer(await pending(id), "deny", "Not on a Friday.");
  expect(await replied).toEqual({ behavior: "deny", message: "The owner said no. Not on a Friday." });
  finish({ permission_denials: [{ tool_name: "Bash" }] });
  await stateIs(id, "succeeded");
  await container.stop();
});

test("[W49] the owner's time is not the job's: neither wall clock nor stall end a run that waits, and both count again afterwards", async () => {
  const { id, name, container } = await started({ timeoutMs: 6_000, stallMs: 4_000, maxAttempts: 1 });
  const replied = container.ask("Bash", command);
  const approval = await pending(id);
  await until("more time to pass than the job has", () => Date.now() - Date.parse(approval.requestedAt) > 7_000);
  await answer(approval, "allow");
  await replied;
  expect((await scene.worker.get(id)).state).toBe("running");
  expect(scene.place.manager.calls.filter((call) => call === `POST /containers/${name}/stop`)).toEqual([]);
  await stateIs(id, "failed");
  expect((await scene.worker.get(id)).error?.code).toMatch(/^job\.(stalled|timeout)$/);
  await container.stop();
});

test("[W50] cancelling takes questions back, and they can't be answered any more", async () => {
  const { id, name, container } = await started();
  scene.place.manager.onStop = () => undefined;
  void container.ask("Bash", command);
  const approval = await pending(id);
  await scene.worker.call("POST", `/api/jobs/${id}/cancel`, {});
  expect((await approvalsOf(id))[0]).toMatchObject({ state: "withdrawn" });
  expect(await (await answer(approval, "allow")).json()).toMatchObject({ code: "approval.answered" });
  scene.place.manager.onStop = (one) => scene.place.manager.exit(one, 143);
  scene.place.manager.exit(name, 143);
  await stateIs(id, "cancelled");
  await container.stop();
});

test("[W50] an attempt that ends with a question open takes it back, and the next attempt asks anew", async () => {
  const { id, name, container } = await started({ maxAttempts: 2 });
  void container.ask("Bash", command);
  await pending(id);
  scene.place.manager.exit(name, 137);
  await until("the next container", () => scene.place.manager.containers.has(`job-${id}-2`));
  expect((await approvalsOf(id)).map(({ state }) => state)).toEqual(["withdrawn"]);
  const second = new AskingContainer(join(scene.place.jobsDir, id), 2);
  const replied = second.ask("Bash", command);
  await answer(await pending(id), "allow");
  expect(await replied).toMatchObject({ behavior: "allow" });
  scene.place.manager.print(`job-${id}-2`, successOf("done"));
  scene.place.manager.exit(`job-${id}-2`, 0);
  await stateIs(id, "succeeded");
  await Promise.all([container.stop(), second.stop()]);
});

test("[W46] a worker's end loses no question and no answer: whoever adopts the attempt goes on, and the container is asked nothing twice", async () => {
  const { id, container, finish } = await started();
  const replied = [container.ask("Bash", command), container.ask("Bash", { command: "second" })];
  await until("both questions", async () => (await approvalsOf(id)).length === 2);
  await scene.worker.stop();
  const [one, two] = (await scene.client.query<{ id: string }>("select id from approvals where job_id = $1 order by requested_at", [id])).rows;
  await scene.client.query("update approvals set state = 'allowed', answered_at = now(), answered_by = 'me' where id = $1", [one?.id]);
  scene.worker = await scene.place.worker(settings);
  await until("the worker to be ready", async () => (await scene.worker.call("GET", "/health/ready")).ok);
  expect((await Promise.race(replied)).behavior).toBe("allow");
  await stateIs(id, "waiting-for-approval");
  await scene.worker.call("POST", `/api/approvals/${two?.id}/answer`, { decision: "deny" });
  expect((await Promise.all(replied)).map(({ behavior }) => behavior).toSorted()).toEqual(["allow", "deny"]);
  expect(await approvalsOf(id)).toHaveLength(2);
  finish();
  await stateIs(id, "succeeded");
  await container.stop();
});

test("[W46] what a job writes among its questions itself asks nothing", async () => {
  const { id, container, finish } = await started();
  const folder = join(scene.place.jobsDir, id, "claude/approvals/1");
  const replied = container.ask("Bash", { command: "ls" });
  const approval = await pending(id);
  await writeFile(join(folder, `${randomUUID()}.json`), "not JSON");
  await writeFile(join(folder, `${randomUUID()}.json`), JSON.stringify({ toolUseId: "x", tool: "Bash\0", input: {} }));
  await writeFile(join(folder, `${randomUUID()}.json`), JSON.stringify({ toolUseId: "x", tool: "Bash", input: { command: "x".repeat(1_100_000) } }));
  await writeFile(join(folder, "not-an-id.json"), JSON.stringify({ toolUseId: "x", tool: "Bash", input: {} }));
  await symlink(join(scene.place.jobsDir, id, "input"), join(folder, `${randomUUID()}.json`));
  await mkdir(join(folder, `${randomUUID()}.json`));
  await answer(approval, "allow");
  expect(await replied).toMatchObject({ behavior: "allow" });
  expect(await approvalsOf(id)).toHaveLength(1);
  finish();
  await stateIs(id, "succeeded");
  await container.stop();
});

test("[W46] an answer is for the question as it was put: one that was exchanged on the way is denied", async () => {
  const { id, container, finish } = await started();
  await scene.worker.stop();
  const replied = container.ask("Bash", command);
  const folder = join(scene.place.jobsDir, id, "claude/approvals/1");
  const name = await until("the question", async () => (await readdir(folder).catch(() => [])).find((file) => file.endsWith(".json")));
  await writeFile(join(folder, name), JSON.stringify({ toolUseId: "toolu_1", tool: "Bash", input: { command: "ls" } }));
  scene.worker = await scene.place.worker(settings);
  const approval = await pending(id);
  expect(approval.summary).toBe("Bash: ls");
  await answer(approval, "allow");
  expect(await replied).toEqual({ behavior: "deny", message: "The owner answered another question than this one." });
  finish();
  await container.stop();
});

test("[W51] a job's webhook carries tokens that answer once, without a session, and no other answer", async () => {
  const receiver = await new Receiver().start();
  const { id, container, finish } = await started({ webhook: { url: `${receiver.url}/hidden?key=hidden`, events: ["approval.requested", "job.succeeded"] } });
  const replied = container.ask("Bash", command);
  await until("the notice", () => receiver.received.length === 1);
  const { data } = (receiver.received[0] as Received).json as {
    data: { approval: Approval; answer: { url: string; allow: { token: string }; deny: { token: string } } };
  };
  expect(data).toMatchObject({ approval: { summary: `Bash: ${command.command}` }, answer: { url: "https://console.example/api/approvals/answer" } });
  const use = (body: object) => scene.worker.call("POST", "/api/approvals/answer", body);
  const { allow, deny } = data.answer;
  expect((await use({ token: allow.token, decision: "deny" })).status).toBe(403);
  expect((await use({ token: `${allow.token}x`, decision: "allow" })).status).toBe(403);
  expect((await use({ token: "nonsense", decision: "allow" })).status).toBe(403);
  expect(await (await use({ token: deny.token, decision: "deny" })).json()).toMatchObject({ state: "denied" });
  expect(await (await use({ token: allow.token, decision: "allow" })).json()).toMatchObject({ status: 409, code: "approval.answered" });
  expect(await (await use({ token: deny.token, decision: "deny" })).json()).toMatchObject({ status: 409 });
  expect((await replied).behavior).toBe("deny");
  expect((await approvalsOf(id))[0]?.answeredBy).toBe("link sent to the job's webhook");
  finish();
  await until("the end", () => receiver.received.length === 2);
  const shown = JSON.stringify([await scene.worker.get(id), (await scene.client.query("select webhook from jobs where id = $1", [id])).rows]);
  expect(shown).toContain(`${receiver.url}/…`);
  expect(shown).not.toContain("hidden");
  await container.stop();
  await receiver.stop();
});

test("[W46] pages of approvals, newest first, have each of them once, also those asked in the same moment, while others come and go", async () => {
  const { id, container, finish } = await started();
  const ids = Array.from({ length: 7 }, () => randomUUID());
  // Three moments, less than a millisecond apart.
  for (const [index, approval] of ids.entries())
    await scene.client.query(
      `insert into approvals (id, job_id, attempt, request_id, tool_use_id, tool, input, summary, requested_at, expires_at, state, answered_at)
       values ($1, $2, 1, $1, 't', 'Bash', '{}', 's', timestamptz '2026-11-01 12:00:00.123' + $3 * interval '1 microsecond', now(), 'denied', now())`,
      [approval, id, index % 3],
    );
  const page = async (cursor: string | null) => {
    const query = new URLSearchParams({ job: id, state: "answered", limit: "2", ...(cursor !== null && { cursor }) });
    return (await (await scene.worker.call("GET", `/api/approvals?${query.toString()}`)).json()) as { approvals: Approval[]; nextCursor: string | null };
  };
  const first = await page(null);
  const seen = [...first.approvals];
  // The one at which the page ended goes, and a newer one comes: neither moves the next page.
  await scene.client.query("delete from approvals where id = $1", [seen.at(-1)!.id]);
  const replied = container.ask("Bash", command);
  await answer(await pending(id), "allow");
  await replied;
  for (let cursor = first.nextCursor; cursor !== null;) {
    const next = await page(cursor);
    expect(next.approvals.length).toBeGreaterThan(0);
    seen.push(...next.approvals);
    cursor = next.nextCursor;
  }
  expect(seen.map((approval) => approval.id).toSorted()).toEqual(ids.toSorted());
  const { rows } = await scene.client.query<{ id: string }>(
    "select id from approvals where job_id = $1 and tool_use_id = 't' order by requested_at desc, id desc",
    [id],
  );
  expect(seen.map((approval) => approval.id).filter((one) => one !== first.approvals[1]!.id)).toEqual(rows.map((row) => row.id));
  for (const cursor of ["x", "!", Buffer.from(`1.${"9".repeat(40)}`).toString("base64url"), Buffer.from("1.2.3").toString("base64url")])
    expect((await scene.worker.call("GET", `/api/approvals?cursor=${encodeURIComponent(cursor)}`)).status).toBe(400);
  finish();
  await container.stop();
});
