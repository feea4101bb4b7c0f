import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { openApiScene, type ApiScene } from "./openapi-scene.ts";
import { buildSchemathesis, fuzz, withIds } from "./schemathesis-run.ts";

const seconds = Number(process.env["FREEHOLD_API_FUZZ_SECONDS"] ?? 75);

let scene: ApiScene;

beforeAll(async () => {
  buildSchemathesis();
  scene = await openApiScene();
}, 600_000);
afterAll(() => scene?.close());

const half = "\ud800";
test.each<{ method: string; path: string; body?: object }>([
  { method: "POST", path: "/api/jobs", body: { prompt: half } },
  { method: "POST", path: "/api/jobs", body: { prompt: "a", systemPrompt: half } },
  { method: "POST", path: "/api/jobs", body: { prompt: "a", mcpServers: { x: { command: "a", env: { A: half } } } } },
  { method: "POST", path: "/api/jobs", body: { prompt: "a", allowedTools: [`Bash(${half})`] } },
  { method: "GET", path: "/api/audit?search=%00" },
  { method: "GET", path: "/api/audit?member=%00" },
  { method: "GET", path: "/api/sessions?member=%00" },
  { method: "POST", path: "/api/session", body: { name: "\0", password: "x" } },
  { method: "GET", path: "/api/models/usage?from=0000-01-01&to=0000-01-02" },
  { method: "GET", path: `/api/models/requests?cursor=${Buffer.from("0000-01-01T00:00:00.000Z abc").toString("base64url")}` },
])("$method $path $body: what PostgreSQL can't hold or compare is refused by name", async ({ method, path, body }) => {
  const headers = { authorization: `Bearer ${scene.token}`, "content-type": "application/json" };
  const answer = await fetch(`${scene.url}${path}`, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([400, "request.invalid"]);
});

test(
  "whatever a client may send, by the document or against it, no answer is a server error or undocumented",
  async () => fuzz(withIds(await scene.readDocument(), scene.idsFor), { url: scene.url, token: scene.token, seconds }),
  (seconds + 260) * 1_000,
);
