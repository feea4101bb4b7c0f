import { spawnSync } from "node:child_process";
import { createServer } from "node:net";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { Agent, request } from "undici";
import type { HomeClient } from "../../infra/cli/home-client.ts";
import { deriveOwnerPassword, deriveSecret } from "../../infra/keys.ts";
import { cloneProject, type CleanClone } from "../support/clean-clone.ts";
import { connectClone, untilEnded, type Job } from "../support/home-api.ts";

jest.setTimeout(900_000);

const stack = "wrong-inputs";
const httpPort = 28_652;
const httpsPort = 28_653;
const origin = `https://console.localhost:${httpsPort}`;

let clone: CleanClone;
beforeAll(() => {
  clone = cloneProject({ stack, httpPort, httpsPort });
});
afterAll(() => clone.remove());

const ownThings = () =>
  [
    ["ps", "--all"],
    ["volume", "ls"],
    ["network", "ls"],
  ].flatMap((argv) =>
    spawnSync("docker", [...argv, "--quiet", "--filter", `name=freehold-${stack}-`], { encoding: "utf8" })
      .stdout.split("\n")
      .filter((id) => id !== ""),
  );

/** Runs a command that must fail, and answers with what it said. */
async function refused(command: string, environment: Record<string, string> = {}): Promise<string> {
  const { code, text } = await clone.sh(command, { environment });
  expect({ command, failed: code !== 0 }).toEqual({ command, failed: true });
  expect(text).not.toMatch(/^\s+at .+\.ts:\d+/m);
  return text;
}

describe("before anything is built", () => {
  const stackFile = () => join(clone.folder, `Pulumi.${stack}.yaml`);
  const withSetting = async (line: string, act: () => Promise<void>) => {
    const before = readFileSync(stackFile(), "utf8");
    writeFileSync(stackFile(), `${before}  ${line}\n`);
    await act().finally(() => writeFileSync(stackFile(), before));
  };
  // What a refused start must leave behind in Docker: nothing.
  afterAll(() => expect(ownThings()).toEqual([]));

  test("a misspelt setting is refused with the settings there are", () =>
    withSetting("freehold:htpsPort: 1", async () => expect(await refused("npm start")).toMatch(/freehold:htpsPort is not a setting; there are: .*httpsPort/)));

  test("a setting out of bounds is refused with the command that mends it", () =>
    withSetting('freehold:jobs:\n    slots: "500"', async () => expect(await refused("npm start")).toContain("--path freehold:jobs.slots")));

  test("a settings file that is no YAML is refused by name", () =>
    withSetting("{{{", async () => expect(await refused("npm start")).toContain(`Pulumi.${stack}.yaml`)));

  test("a port that another program holds is named, with two cures", async () => {
    const squatter = createServer();
    await new Promise<void>((resolve) => squatter.listen(httpsPort, "127.0.0.1", resolve));
    const text = await refused("npm start").finally(() => squatter.close());
    expect(text).toMatch(new RegExp(`Port ${httpsPort} .* taken[\\s\\S]*What to do: Stop that program, or choose another port: .*freehold:httpsPort`));
  });

  test("a Docker engine that does not answer is named by its address", async () => {
    expect(await refused("npm start", { DOCKER_HOST: "unix:///nowhere/docker.sock" })).toMatch(/nowhere\/docker\.sock[\s\S]*What to do:/);
  });

  test("a cache without room is refused before anything is fetched", async () => {
    const folder = mkdtempSync(join(tmpdir(), "freehold-full-"));
    expect(spawnSync("mount", ["-t", "tmpfs", "-o", "size=64m", "tmpfs", folder]).status).toBe(0);
    try {
      expect(await refused("npm start", { XDG_CACHE_HOME: folder })).toMatch(/GB free[\s\S]*What to do:/);
    } finally {
      spawnSync("umount", [folder]);
      rmSync(folder, { recursive: true });
    }
  });

  test.each([
    ["npm start -- --stack 'No!'", /can't be the name of a stack/],
    ["npm run freehold -- frobnicate", /unknown command/],
    ["npm run freehold -- password nobody", /never started/],
    ["npm run freehold -- restore ../../etc", /is no snapshot/],
    ["npm run freehold -- ca", /front door is not running/],
    ["npm run freehold -- key set < /dev/null", /no API key/],
  ])("%s says what is wrong", async (command, message) => {
    expect(await refused(command)).toMatch(message);
  });
});

describe("a home that runs", () => {
  let home: HomeClient;
  let agent: Agent;
  let token: string;
  let password: string;
  let jobId: string;

  beforeAll(async () => {
    const { code, text } = await clone.sh("npm start", { timeoutMs: 800_000 });
    if (code !== 0) throw new Error(text);
    home = await connectClone(clone, httpsPort);
    const key = readFileSync(join(clone.dataFolder, "keys", `${stack}.key`), "utf8").trim();
    token = deriveSecret(key, "token/owner");
    password = deriveOwnerPassword(key);
    const ca = spawnSync("docker", ["exec", `freehold-${stack}-edge`, "cat", "/data/caddy/pki/authorities/local/root.crt"], { encoding: "utf8" }).stdout;
    agent = new Agent({
      allowH2: false,
      connect: { ca, lookup: (_host, options, answer) => (options.all ? answer(null, [{ address: "127.0.0.1", family: 4 }]) : answer(null, "127.0.0.1", 4)) },
    });
    const { jobs } = await home.get<{ jobs: Job[] }>("/api/jobs?limit=1");
    jobId = jobs[0]?.id ?? "";
  });
  afterAll(async () => {
    await home?.close();
    await agent?.close();
  });

  interface Answer {
    status: number;
    headers: Record<string, unknown>;
    body: string;
    problem: { code?: string; detail?: string };
  }

  async function call(
    method: "GET" | "POST" | "PUT" | "DELETE",
    path: string,
    { body, headers = {}, base = origin, owner = true }: { body?: string; headers?: Record<string, string>; base?: string; owner?: boolean } = {},
  ): Promise<Answer> {
    const response = await request(`${base}${path}`, {
      method,
      dispatcher: agent,
      headers: { ...(owner ? { authorization: `Bearer ${token}` } : {}), ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers },
      ...(body === undefined ? {} : { body }),
    });
    const text = await response.body.text();
    const problem = String(response.headers["content-type"]).includes("problem+json") ? JSON.parse(text) : {};
    return { status: response.statusCode, headers: response.headers, body: text, problem };
  }

  const expectProblem = ({ status, problem }: Answer, expected: number) => {
    expect({ status, detail: problem.detail }).toEqual({ status: expected, detail: expect.stringMatching(/.{15,}/) });
    expect(problem.code).toMatch(/^[a-z-]+\.[a-z-]+$/);
  };

  test("no credential: 401 with the way in", async () => expectProblem(await call("GET", "/api/jobs", { owner: false }), 401));

  test("a wrong token: 401", async () => expectProblem(await call("GET", "/api/jobs", { owner: false, headers: { authorization: "Bearer wrong" } }), 401));

  test("JSON that is none: 400", async () => expectProblem(await call("POST", "/api/jobs", { body: "{prompt" }), 400));

  test.each([
    [{}, "prompt"],
    [{ prompt: "" }, "prompt"],
    [{ prompt: 7 }, "prompt"],
    [{ prompt: "x", maxAttempts: 99 }, "maxAttempts"],
    [{ prompt: "x", timeoutMs: -1 }, "timeoutMs"],
  ])("a job as %j: 400 that names %s", async (job, field) => {
    const answer = await call("POST", "/api/jobs", { body: JSON.stringify(job) });
    expectProblem(answer, 400);
    expect(answer.problem.detail).toContain(field);
  });

  test("a prompt of 50 MB: 413, and the home goes on", async () => {
    const answer = await call("POST", "/api/jobs", { body: JSON.stringify({ prompt: "x".repeat(50_000_000) }) }).catch((error: Error) => error);
    // The server may close the connection while the rest is still being sent.
    if (answer instanceof Error) expect(answer.message).toMatch(/closed|reset|EPIPE|other side/i);
    else expectProblem(answer, 413);
    expect((await call("GET", "/api/jobs?limit=1")).status).toBe(200);
  });

  test.each(["00000000-0000-4000-8000-000000000000", "nonsense", "..%2f..%2fetc"])("the unknown job %s: 404 or 400, never 500", async (id) => {
    expect([400, 404]).toContain((await call("GET", `/api/jobs/${id}`)).status);
    expect([400, 404]).toContain((await call("GET", `/api/jobs/${id}/log.ndjson`)).status);
    expect([400, 404]).toContain((await call("POST", `/api/jobs/${id}/cancel`)).status);
  });

  test.each(["../claude", "../../../etc/passwd", "/etc/passwd", "..%2F..%2Fetc%2Fpasswd", "a/../../claude", "%00", "hello.md/../.."])(
    "the file path %s never leaves the workspace",
    async (path) => {
      for (const route of ["files", "files/content"]) {
        const { status, body } = await call("GET", `/api/jobs/${jobId}/${route}?path=${path.includes("%") ? path : encodeURIComponent(path)}`);
        expect([400, 403, 404]).toContain(status);
        expect(body).not.toContain("root:");
      }
    },
  );

  test("a link that a job made to a file outside is not followed", async () => {
    const { id } = await home.post<Job>("/api/jobs", { prompt: "[[bash:ln -s /etc/passwd /workspace/link && ln -s / /workspace/root]]" });
    await untilEnded(home, id);
    for (const path of ["link", "root/etc/passwd"]) {
      const { status, body } = await call("GET", `/api/jobs/${id}/files/content?path=${encodeURIComponent(path)}`);
      expect([400, 403, 404]).toContain(status);
      expect(body).not.toContain("root:");
    }
  });

  test("a route that is none: 404; a page address gets the web UI", async () => {
    expectProblem(await call("GET", "/api/nothing"), 404);
    expect((await call("GET", "/jobs/whatever", { owner: false, headers: { accept: "text/html" } })).body).toContain("<!doctype html");
  });

  test("a change sent from another site with the owner's cookie: 403", async () => {
    const signIn = await call("POST", "/api/session", { owner: false, body: JSON.stringify({ password }), headers: { origin } });
    expect(signIn.status).toBe(204);
    const cookie = String(signIn.headers["set-cookie"]).split(";")[0] ?? "";
    expect((await call("GET", "/api/jobs?limit=1", { owner: false, headers: { cookie } })).status).toBe(200);
    expectProblem(await call("POST", "/api/jobs", { owner: false, body: '{"prompt":"x"}', headers: { cookie, origin: "https://evil.example" } }), 403);
  });

  test("a wrong password: 401, and after some of them 429 that says how long", async () => {
    const attempt = () => call("POST", "/api/session", { owner: false, body: '{"password":"wrong"}', headers: { origin } });
    const answers: Answer[] = [];
    for (let n = 0; n < 30 && answers.at(-1)?.status !== 429; n++) answers.push(await attempt());
    expectProblem(answers[0] as Answer, 401);
    expectProblem(answers.at(-1) as Answer, 429);
    expect(Number(answers.at(-1)?.headers["retry-after"])).toBeGreaterThan(0);
  });

  test("the gateway: a wrong key is refused in Anthropic's shape and without retries; its admin routes are not there", async () => {
    const base = `https://gateway.localhost:${httpsPort}`;
    const answer = await call("POST", "/v1/messages", {
      base,
      owner: false,
      headers: { "x-api-key": "fh_wrong" },
      body: '{"model":"claude-x","max_tokens":1,"messages":[]}',
    });
    expect({ status: answer.status, retry: answer.headers["x-should-retry"] }).toEqual({ status: 401, retry: "false" });
    expect(JSON.parse(answer.body)).toMatchObject({ type: "error", error: { type: "authentication_error" } });
    expect((await call("GET", "/admin/keys", { base })).status).toBe(404);
    expect((await call("GET", "/metrics", { base })).status).toBe(404);
  });

  test("an unknown snapshot is refused and the home runs on", async () => {
    expect(await refused("npm run freehold -- restore 0123456789abcdef")).toContain("What to do:");
    expect((await clone.sh("npm run freehold -- status")).code).toBe(0);
  });

  test("a passphrase that is not this home's is refused before anything changes", async () => {
    const file = join(clone.dataFolder, "passphrase");
    const before = readFileSync(file, "utf8");
    writeFileSync(file, "another passphrase\n");
    const text = await refused("npm start").finally(() => writeFileSync(file, before));
    expect(text).toMatch(/passphrase/i);
    expect((await clone.sh("npm run freehold -- status")).code).toBe(0);
  });
});
