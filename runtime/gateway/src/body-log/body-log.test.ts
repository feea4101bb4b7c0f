import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { join } from "node:path";
import { createLog } from "@freehold/kernel/log";
import { Secret } from "@freehold/kernel/secret";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { answerJson, startUpstream, type ScriptedUpstream } from "../../../../tests/support/scripted-upstream.ts";
import { until } from "../../../../tests/support/until.ts";
import { adminToken, startGateway, wholeMessage, type TestGateway } from "../testing/fixtures.ts";
import { BodyLog, type BodyLogParts } from "./body-log.ts";
import { sealingKey } from "./seal.ts";

const bodyKey = "the secret that seals bodies in a test";
const promptText = "a prompt that only its owner reads";
const dayMs = 86_400_000;

let upstream: ScriptedUpstream;
let gateway: TestGateway;
let environment: Record<string, string>;
let kept: { id: string; key: string };

beforeAll(async () => {
  upstream = await startUpstream(answerJson(wholeMessage));
  environment = { ANTHROPIC_API_KEY: "k", ANTHROPIC_BASE_URL: upstream.url, BODY_LOG_KEY: bodyKey, BODY_LOG_BODY_BYTES: "2048" };
  gateway = await startGateway(environment);
  kept = await gateway.mint({ keepBodies: true });
});
afterAll(async () => {
  await gateway.close();
  await upstream.close();
});

const bodyOf = (text: string) => JSON.stringify({ model: "claude-opus-5-5", max_tokens: 5, messages: [{ role: "user", content: text }] });
/** Asks, and returns the id that the books know the request by. */
async function ask(key: string, body: string | Buffer, { at = gateway, path = "/v1/messages" } = {}): Promise<string> {
  const response = await fetch(at.url + path, { method: "POST", headers: { "x-api-key": key }, body: Buffer.from(body) });
  expect(response.status).toBe(200);
  await response.arrayBuffer();
  return newest(at);
}
const newest = async (at = gateway) => {
  const { requests } = (await (await at.admin("/admin/requests?limit=1")).json()) as { requests: { id: string }[] };
  return requests[0]?.id ?? "";
};
const read = async (id: string, at = gateway) => {
  const response = await at.admin(`/admin/requests/${id}/body`);
  return { status: response.status, ...((await response.json()) as Record<string, unknown>) };
};
const rows = async () => (await gateway.db.query<{ sealed: Buffer; request_id: string }>("select * from request_bodies order by stored_at desc")).rows;

test("the body of a key that asks for it is kept as it was sent, is shown to the owner alone, and stands nowhere in clear", async () => {
  const body = bodyOf(promptText);
  const id = await ask(kept.key, body);
  expect(await read(id)).toMatchObject({ status: 200, requestId: id, keyId: kept.id, isCut: false, sizeBytes: body.length, encoding: "utf8", body });
  expect((await fetch(`${gateway.url}/admin/requests/${id}/body`, { headers: { authorization: `Bearer ${kept.key}` } })).status).toBe(401);
  const [row] = await rows();
  expect(row?.sealed.includes(promptText)).toBe(false);
  expect(gateway.logged()).not.toContain(promptText);
  expect(gateway.logged()).toContain("body.read");
  expect(await gateway.metrics.text()).toContain('gateway_bodies_total{result="kept"} 1');
});

test("what a caller of the other dialect sent is kept in that dialect", async () => {
  const body = bodyOf("in OpenAI's words");
  expect(await read(await ask(kept.key, body, { path: "/v1/chat/completions" }))).toMatchObject({ body });
});

test("of a long body the beginning is kept, and what is no text is given as base64", async () => {
  const long = bodyOf("x".repeat(5_000));
  expect(await read(await ask(kept.key, long))).toMatchObject({ isCut: true, sizeBytes: long.length, body: long.slice(0, 2_048) });
  const bytes = Buffer.concat([Buffer.from(bodyOf("y")), Buffer.from([0x20, 0xff])]);
  expect(await read(await ask(kept.key, bytes))).toMatchObject({ encoding: "base64", body: bytes.toString("base64") });
});

test("nothing is kept of other keys, nor of this one once it does not ask any more; what was kept can be deleted", async () => {
  const other = await gateway.mint();
  expect(await read(await ask(other.key, bodyOf("not kept")))).toMatchObject({ status: 404, code: "body.no-such" });
  const brief = await gateway.mint({ keepBodies: true });
  const id = await ask(brief.key, bodyOf("kept"));
  expect(await (await gateway.admin(`/admin/keys/${brief.id}`, { method: "PATCH", body: { keepBodies: false } })).json()).toMatchObject({ keepBodies: false });
  expect(await read(await ask(brief.key, bodyOf("no more")))).toMatchObject({ status: 404 });
  expect((await gateway.admin(`/admin/requests/${id}/body`, { method: "DELETE" })).status).toBe(204);
  expect(await read(id)).toMatchObject({ status: 404 });
  expect((await gateway.db.query("select rules from virtual_keys where id = $1", [brief.id])).rows).toEqual([{ rules: null }]);
});

test("a gateway without BODY_LOG_KEY keeps none and says so; with another one, older bodies are told to be unreadable", async () => {
  const id = await ask(kept.key, bodyOf("sealed with the first key"));
  const { BODY_LOG_KEY: _key, ...without } = environment;
  const off = await startGateway(without, gateway.databaseUrl);
  const changed = await startGateway({ ...environment, BODY_LOG_KEY: "another secret" }, gateway.databaseUrl);
  expect((await off.admin("/admin/keys", { method: "POST", body: { name: "n", keepBodies: true } })).status).toBe(409);
  expect((await off.admin(`/admin/keys/${kept.id}`, { method: "PATCH", body: { keepBodies: true } })).status).toBe(409);
  const before = (await rows()).length;
  await ask(kept.key, bodyOf("off"), { at: off });
  expect(await read(id, off)).toMatchObject({ status: 409, code: "body-log.off" });
  expect(await read(id, changed)).toMatchObject({ status: 409, code: "body.unreadable" });
  expect((await rows()).length).toBe(before);
  await off.close();
  await changed.close();
});

const bodyLog = (more: Partial<BodyLogParts> = {}) =>
  new BodyLog({
    db: gateway.db,
    key: sealingKey(new Secret(bodyKey)),
    clock: { now: Date.now },
    log: createLog("gateway", "silent"),
    limits: { days: 7, bodyBytes: 1_000_000, totalBytes: 1_000_000_000 },
    onKept: () => {},
    ...more,
  });

test("a body is gone to the second when its days are over, and its row at the next sweep, also of a gateway that keeps none", async () => {
  let now = Date.now();
  const log = bodyLog({ clock: { now: () => now } });
  log.keep("req_old", kept.id, Buffer.from("old"));
  expect((await log.read("req_old"))?.bytes.toString()).toBe("old");
  now += 7 * dayMs + 1;
  expect(await log.read("req_old")).toBeUndefined();
  expect((await rows()).some((row) => row.request_id === "req_old")).toBe(true);
  const off = bodyLog({ key: undefined, clock: { now: () => now } });
  await off.sweep();
  expect(await rows()).toEqual([]);
  await Promise.all([log.close(), off.close()]);
});

test("when all take too much, the oldest go", async () => {
  const log = bodyLog({ limits: { days: 7, bodyBytes: 10_000, totalBytes: 25_000 } });
  for (const id of ["req_a", "req_b", "req_c"]) {
    log.keep(id, kept.id, randomBytes(10_000));
    await log.read(id);
  }
  await log.sweep();
  expect((await rows()).map((row) => row.request_id)).toEqual(["req_c", "req_b"]);
  await log.close();
});

test("while the database is away bodies wait, and beyond 32 MB they are lost and counted, without harm to requests", async () => {
  let isAway = true;
  const results: string[] = [];
  const away = Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
  const db = { query: (...words: [string, unknown[]]) => (isAway ? Promise.reject(away) : gateway.db.query(...words)) } as unknown as BodyLogParts["db"];
  const log = bodyLog({ db, limits: { days: 7, bodyBytes: 20_000_000, totalBytes: 1e9 }, onKept: (result) => results.push(result) });
  log.keep("req_waits", kept.id, Buffer.alloc(20_000_000, "x"));
  log.keep("req_lost", kept.id, Buffer.alloc(20_000_000, "x"));
  expect(results).toEqual(["lost"]);
  isAway = false;
  await until("the one that waited", () => results.length === 2, { timeoutMs: 5_000 });
  expect(results).toEqual(["lost", "kept"]);
  expect((await log.read("req_waits"))?.sizeBytes).toBe(20_000_000);
  await log.close();
});

test("a gateway that is killed while a request runs leaves its body whole and readable, or none", async () => {
  await gateway.db.query("delete from request_bodies");
  upstream.answer(() => {});
  const env = { PATH: process.env["PATH"], PORT: "0", HOST: "127.0.0.1", DATABASE_URL: gateway.databaseUrl, GATEWAY_ADMIN_TOKEN: adminToken, ...environment };
  const child = spawn(process.execPath, [join(import.meta.dirname, "../main.ts")], { env, stdio: ["ignore", "pipe", "inherit"] });
  let said = "";
  child.stdout.on("data", (chunk: Buffer) => (said += chunk.toString()));
  const port = await until("the gateway to listen", () => /"port":(\d+)/.exec(said)?.[1]);
  const asked = fetch(`http://127.0.0.1:${port}/v1/messages`, { method: "POST", headers: { "x-api-key": kept.key }, body: bodyOf(promptText) });
  const [row] = await until("the body", async () => ((await rows()).length === 1 ? rows() : undefined));
  const exited = once(child, "exit");
  child.kill("SIGKILL");
  await expect(asked).rejects.toThrow("fetch failed");
  await exited;
  expect(await read(row?.request_id ?? "")).toMatchObject({ status: 200, body: bodyOf(promptText) });
  expect(said).not.toContain(promptText);
  upstream.answer(answerJson(wholeMessage));
});
