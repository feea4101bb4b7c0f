import { execFile, execFileSync } from "node:child_process";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { OpenApiDocument } from "@freehold/kernel/openapi";
import { openApiScene, type ApiScene } from "./openapi-scene.ts";

const image = "freehold/schemathesis:test";
const seconds = Number(process.env["FREEHOLD_API_FUZZ_SECONDS"] ?? 75);
const seed = process.env["FREEHOLD_API_FUZZ_SEED"] ?? "7";
const checks = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance";

let scene: ApiScene;
let folder: string;

beforeAll(async () => {
  execFileSync("docker", ["build", "--quiet", "--tag", image, join(import.meta.dirname, "schemathesis")], { stdio: ["ignore", "ignore", "pipe"] });
  scene = await openApiScene();
  folder = await mkdtemp(join(tmpdir(), "freehold-test-openapi-"));
  await chmod(folder, 0o755);
}, 600_000);
afterAll(async () => {
  await scene?.close();
  await rm(folder, { recursive: true, force: true });
});

/** The document with the ids of things that are there, or most requests would end at "there is no such thing". */
async function narrowed(): Promise<OpenApiDocument> {
  const document = await scene.readDocument();
  for (const [path, operations] of Object.entries(document.paths)) {
    const known = scene.idsFor(path);
    if (known === undefined) continue;
    for (const { parameters } of Object.values(operations) as { parameters?: { in: string; schema: object }[] }[])
      for (const parameter of parameters ?? []) if (parameter.in === "path") parameter.schema = { type: "string", enum: known };
  }
  return document;
}

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
  async () => {
    const document = await narrowed();
    await writeFile(join(folder, "api.json"), JSON.stringify(document), { mode: 0o644 });
    const tool = ["run", "/api/api.json", "--url", scene.url, "--header", `Authorization: Bearer ${scene.token}`, "--checks", checks, "--seed", seed];
    const bounds = ["--max-time", String(seconds), "--request-timeout", "15", "--continue-on-failure", "--generation-database", "none", "--no-color"];
    const mount = `type=bind,source=${folder},target=/api,readonly`;
    const argv = ["run", "--rm", "--label", "freehold.test=schemathesis", "--network", "host", "--mount", mount, image, ...tool, ...bounds];
    const { code, text } = await promisify(execFile)("docker", argv, { timeout: (seconds + 200) * 1_000, maxBuffer: 64_000_000 }).then(
      ({ stdout }) => ({ code: 0, text: stdout }),
      (thrown: { code: number; stdout: string; stderr: string }) => ({ code: thrown.code, text: thrown.stdout + thrown.stderr }),
    );
    const operations = Object.values(document.paths).flatMap((methods) => Object.keys(methods)).length;
    if (code !== 0) throw new Error(`schemathesis found (seed ${seed}):\n${text.slice(-12_000)}`);
    expect(text).toContain(`Tested: ${operations}\n`);
  },
  (seconds + 260) * 1_000,
);
