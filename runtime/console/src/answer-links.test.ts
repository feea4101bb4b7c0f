import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { asJson, startConsole, type TestConsole } from "../../../tests/support/console.ts";
import { answerJson, startUpstream, type ScriptedUpstream } from "../../../tests/support/scripted-upstream.ts";

let worker: ScriptedUpstream;
let house: TestConsole;
let nowMs = Date.parse("2026-11-21T12:00:00Z");

beforeAll(async () => {
  worker = await startUpstream(answerJson({ id: "1", state: "allowed" }));
  house = await startConsole({ clock: { now: () => nowMs }, upstreams: { worker: worker.url, backup: worker.url, gateway: worker.url } });
}, 60_000);
beforeEach(() => {
  worker.seen.splice(0);
  worker.answer(answerJson({ id: "1", state: "allowed" }));
});
afterAll(async () => {
  await house.close();
  await worker.close();
});

const use = (body: object, more: Record<string, string> = {}) => house.call("POST", "/api/approvals/answer", asJson(body, more));
const refuse = () =>
  worker.answer(
    (_request, response) => void response.writeHead(403, { "content-type": "application/problem+json" }).end('{"code":"approval.bad-token","status":403}'),
  );

test("the link of a notice answers without a session, and stands in the audit without its token", async () => {
  const answer = await use({ token: "secret-token", decision: "allow" });
  expect(answer).toMatchObject({ status: 200, json: { state: "allowed" } });
  expect(worker.seen).toMatchObject([{ method: "POST", url: "/api/approvals/answer", headers: { authorization: "Bearer worker-token" } }]);
  const entries = await house.audit();
  expect(entries.at(-1)).toMatchObject({ actor: "anonymous", action: "approval.answer-by-link", status: 200, outcome: "done" });
  expect(JSON.stringify(entries)).not.toContain("secret-token");
});

test("nothing else of approvals is open to strangers, nor another method of that route, nor a page of another origin", async () => {
  for (const [method, path] of [
    ["GET", "/api/approvals"],
    ["GET", "/api/approvals/answer"],
    ["POST", "/api/approvals/1/answer"],
    ["GET", "/api/notices/channels"],
  ] as const)
    expect([path, (await house.call(method, path)).status]).toEqual([path, 401]);
  expect((await use({ token: "t", decision: "allow" }, { origin: "https://elsewhere.example" })).status).toBe(403);
  expect(worker.seen).toEqual([]);
});

test("who tries many links in vain has to wait, and is let in again later; answers that count cost nothing", async () => {
  for (let n = 0; n < 30; n++) expect((await use({ token: "right", decision: "allow" })).status).toBe(200);
  refuse();
  const statuses: number[] = [];
  for (let n = 0; n < 25; n++) statuses.push((await use({ token: `wrong ${n}`, decision: "allow" })).status);
  expect(statuses).toEqual([...Array.from({ length: 20 }, () => 403), ...Array.from({ length: 5 }, () => 429)]);
  const asked = worker.seen.length;
  expect((await use({ token: "again", decision: "allow" })).headers["retry-after"]).toBeDefined();
  expect(worker.seen).toHaveLength(asked);
  nowMs += 60_000;
  expect((await use({ token: "again", decision: "allow" })).status).toBe(403);
});

test("a worker that is away is named, and a body that is too large does not reach it", async () => {
  expect((await use({ token: "x".repeat(20_000), decision: "allow" })).status).toBe(413);
  worker.answer((request) => void request.socket.destroy());
  expect(await use({ token: "t", decision: "allow" })).toMatchObject({ status: 502, json: { code: "upstream.broken" } });
  expect(worker.seen).toHaveLength(1);
});
