import type { Server } from "node:http";
import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import { closeServer, listen } from "@freehold/kernel/http";
import { loadConfig } from "@freehold/kernel/config";
import { silentLog } from "@freehold/kernel/log";
import { createMetrics } from "@freehold/kernel/metrics";
import Docker from "dockerode";
import { createJobPlace, docker, type JobPlace } from "../../../tests/support/job-place.ts";
import { until } from "../../../tests/support/until.ts";
import { createManager } from "./app.ts";
import { settings } from "./config.ts";
import { planContainer } from "./container-plan.ts";
import type { ContainerView } from "./container-view.ts";

let place: JobPlace;
let server: Server;
let base: string;

const configured = (more: Record<string, string> = {}) =>
  loadConfig(settings, {
    MANAGER_TOKEN: "manager-token",
    NAME_PREFIX: place.prefix,
    JOBS_VOLUME: place.volume,
    JOB_IMAGE: "node:24-trixie-slim",
    JOB_NETWORKS: place.networks.join(","),
    JOB_MEMORY_MB: "256",
    ...more,
  });
const serve = async (more: Record<string, string> = {}) => {
  const listening = await listen(createManager(configured(more), silentLog, createMetrics()), 0, "127.0.0.1");
  return { server: listening.server, base: `http://127.0.0.1:${listening.port}` };
};
const call = (method: string, path: string, body?: unknown, { to = base, token = "manager-token" } = {}) =>
  fetch(`${to}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
const shell = (script: string, more: object = {}) => ({
  jobId: place.makeJob(),
  attempt: 1,
  slot: 1,
  argv: ["sh", "-c", script],
  env: {},
  mounts: [],
  ...more,
});
const get = async (name: string) => (await (await call("GET", `/containers/${name}`)).json()) as ContainerView;
const log = async (name: string, offset = 0) => Buffer.from(await (await call("GET", `/containers/${name}/log?offset=${offset}`)).arrayBuffer());
const problem = async (response: Response) => ({ status: response.status, ...((await response.json()) as { code: string; detail: string }) });

beforeAll(async () => {
  place = createJobPlace("manager", 2);
  ({ server, base } = await serve());
}, 60_000);
afterEach(async () => {
  for (const id of place.containers()) docker("rm", "--force", id);
});
afterAll(async () => {
  await closeServer(server, 100);
  place.remove();
});

test("a container runs as uid 1000 without capabilities on a read-only root, in its job's folders, with the gateway as its model", async () => {
  const script =
    'id -u; grep CapEff /proc/self/status; touch /root-is-writable 2>&1; touch /input/x 2>&1; touch /workspace/made /claude/made /tmp/made "$HOME/made" && echo "$HOME $CLAUDE_CONFIG_DIR $ANTHROPIC_BASE_URL $EXTRA"';
  const created = await call("PUT", "/containers/job-hard", shell(script, { env: { EXTRA: "yes" } }));
  expect(created.status).toBe(201);
  const text = (await log("job-hard")).toString();
  expect(text).toMatch(/^1000\n/);
  expect(text).toContain("CapEff:\t0000000000000000");
  expect(text.match(/Read-only file system/g)).toHaveLength(2);
  expect(text).toContain("/home/node /claude http://gateway:4010 yes");
  expect(await get("job-hard")).toMatchObject({ state: "exited", exitCode: 0, attempt: 1, slot: 1, oomKilled: false });
});

test("a container reads its job's data and instructions and can change neither", async () => {
  const request = shell("cat /data/table.csv /instructions/instructions.md; echo x 2>&1 > /data/table.csv; rm -f /instructions/instructions.md 2>&1", {
    mounts: ["data", "instructions"],
  });
  place.write(request.jobId, "data/table.csv", "a,b\n");
  place.write(request.jobId, "instructions/instructions.md", "be brief\n");
  expect((await call("PUT", "/containers/job-given", request)).status).toBe(201);
  const text = (await log("job-given")).toString();
  expect(text).toContain("a,b\nbe brief\n");
  expect(text.match(/Read-only file system/g)).toHaveLength(2);
});

test("a repeated PUT finds the running container and a different one is refused", async () => {
  const request = shell("sleep 60");
  expect((await call("PUT", "/containers/job-same", request)).status).toBe(201);
  const again = await call("PUT", "/containers/job-same", request);
  expect([again.status, ((await again.json()) as ContainerView).state]).toEqual([200, "running"]);
  expect(await problem(await call("PUT", "/containers/job-same", { ...request, attempt: 2 }))).toMatchObject({ status: 409, code: "container.conflict" });
  expect(place.containers()).toHaveLength(1);
});

test("nothing is made for a caller who left while others had their turns, so its other request is not in conflict", async () => {
  const left = new AbortController();
  const first = call("PUT", "/containers/job-first", shell("sleep 60"));
  const request = shell("sleep 60", { slot: 2 });
  const given = fetch(`${base}/containers/job-left`, {
    method: "PUT",
    headers: { authorization: "Bearer manager-token", "content-type": "application/json" },
    body: JSON.stringify(request),
    signal: left.signal,
  });
  left.abort();
  await expect(given).rejects.toThrow("aborted");
  expect((await first).status).toBe(201);
  expect((await call("PUT", "/containers/job-left", { ...request, env: { LATER: "yes" } })).status).toBe(201);
});

test("two PUTs at once for one job or one slot end with one container", async () => {
  const request = shell("sleep 60");
  const answers = await Promise.all([
    call("PUT", "/containers/job-a-1", request),
    call("PUT", "/containers/job-a-2", { ...request, attempt: 2, slot: 2 }),
    call("PUT", "/containers/job-b", shell("sleep 60")),
  ]);
  expect(answers.map((answer) => answer.status).toSorted((one, other) => one - other)).toEqual([201, 409, 409]);
  expect(await Promise.all(answers.filter((answer) => answer.status === 409).map(async (answer) => (await problem(answer)).code))).toEqual(
    expect.arrayContaining(["container.slot-busy"]),
  );
  expect(place.containers()).toHaveLength(1);
});

test("a container that a crash left created but not started is started by the next PUT", async () => {
  const request = shell("echo started");
  const plan = planContainer(
    "job-left",
    request,
    {
      prefix: place.prefix,
      image: "node:24-trixie-slim",
      networks: place.networks,
      gatewayUrl: "http://gateway:4010",
      repositoryNetwork: "none",
      memoryMb: 256,
      cpus: 1,
      pids: 512,
    },
    place.folder,
  );
  await new Docker().createContainer(plan);
  expect((await get("job-left")).state).toBe("created");
  expect(await problem(await call("GET", "/containers/job-left/log"))).toMatchObject({ status: 409, code: "container.not-started" });
  expect((await call("PUT", "/containers/job-left", request)).status).toBe(200);
  expect((await log("job-left")).toString()).toBe("started\n");
});

test("the log is byte-exact beyond 16 KB, resumes at any offset, and ends with the container", async () => {
  const script =
    'node -e \'process.stdout.write("x" + "ü".repeat(20000) + "\\n" + "y".repeat(16384) + "\\n"); console.error("warning ü"); process.stdout.write("no newline")\'';
  await call("PUT", "/containers/job-log", shell(script));
  const whole = await log("job-log");
  const lines = whole.toString().split("\n");
  expect(lines.filter((line) => !line.startsWith("{"))).toEqual([`x${"ü".repeat(20_000)}`, "y".repeat(16_384), "no newline", ""]);
  expect(JSON.parse(lines.find((line) => line.startsWith("{")) ?? "")).toEqual({ type: "freehold", subtype: "stderr", text: "warning ü" });
  for (const offset of [1, 16_384, 40_002, whole.length - 1, whole.length, whole.length + 5])
    expect((await log("job-log", offset)).equals(whole.subarray(offset))).toBe(true);
});

test("a reader that follows sees a line while the container still runs", async () => {
  await call("PUT", "/containers/job-live", shell("echo first; while [ ! -e /workspace/go ]; do sleep 0.1; done; echo last"));
  const response = await call("GET", "/containers/job-live/log");
  const reader = response.body?.getReader();
  const first = await reader?.read();
  expect(Buffer.from(first?.value ?? []).toString()).toBe("first\n");
  expect((await get("job-live")).state).toBe("running");
  docker("exec", `${place.prefix}-job-live`, "touch", "/workspace/go");
  expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe("last\n");
  expect((await reader?.read())?.done).toBe(true);
});

test("stop ends a process that ignores SIGINT and SIGTERM, children included", async () => {
  await call("PUT", "/containers/job-deaf", shell("trap '' INT TERM; setsid sleep 600 & echo ready; while :; do sleep 1; done"));
  await until("the trap to be set", async () => docker("logs", `${place.prefix}-job-deaf`) === "ready");
  expect((await call("POST", "/containers/job-deaf/stop", { graceMs: 200 })).status).toBe(202);
  expect(await until("the container to end", async () => ((await get("job-deaf")).state === "exited" ? get("job-deaf") : undefined))).toMatchObject({
    exitCode: 137,
  });
});

test("stop lets a process end by itself on SIGINT", async () => {
  await call("PUT", "/containers/job-polite", shell("trap 'echo bye; exit 7' INT; echo ready; while :; do sleep 0.1; done"));
  await until("the trap to be set", async () => docker("logs", `${place.prefix}-job-polite`) === "ready");
  await call("POST", "/containers/job-polite/stop", { graceMs: 10_000 });
  expect((await log("job-polite")).toString()).toBe("ready\nbye\n");
  expect(await get("job-polite")).toMatchObject({ state: "exited", exitCode: 7 });
});

test("DELETE kills, removes, and is as content the second time", async () => {
  await call("PUT", "/containers/job-gone", shell("sleep 60"));
  expect(await (await call("GET", "/containers")).json()).toMatchObject([{ name: "job-gone", attempt: 1, slot: 1, state: "running" }]);
  expect((await call("DELETE", "/containers/job-gone")).status).toBe(204);
  expect(place.containers()).toEqual([]);
  expect((await call("DELETE", "/containers/job-gone")).status).toBe(204);
  expect(await problem(await call("GET", "/containers/job-gone"))).toMatchObject({ status: 404, code: "container.unknown" });
});

test("a container of that name without the stack's labels is never touched", async () => {
  docker("run", "--detach", "--name", `${place.prefix}-job-other`, "node:24-trixie-slim", "sleep", "60");
  for (const [method, path] of [
    ["DELETE", ""],
    ["POST", "/stop"],
    ["GET", "/log"],
    ["PUT", ""],
  ] as const)
    expect(
      await problem(await call(method, `/containers/job-other${path}`, method === "GET" || method === "DELETE" ? undefined : path === "" ? shell("true") : {})),
    ).toMatchObject({ status: 409, code: "container.foreign" });
  expect(docker("inspect", "--format", "{{.State.Running}}", `${place.prefix}-job-other`)).toBe("true");
  expect(await (await call("GET", "/containers")).json()).toEqual([]);
});

test("a job without folders and a slot without a network are refused by name", async () => {
  expect(await problem(await call("PUT", "/containers/job-bare", { ...shell("true"), jobId: "0193a1b2-0000-7000-8000-00000000dead" }))).toMatchObject({
    status: 409,
    code: "container.folder-missing",
    detail: expect.stringContaining("00000000dead"),
  });
  expect(await problem(await call("PUT", "/containers/job-slot", shell("true", { slot: 3 })))).toMatchObject({ status: 400, code: "container.no-such-slot" });
});

test.each([
  { method: "PUT", path: "/containers/job-x%2F..%2Fy", body: { argv: ["true"] }, status: 400, code: "request.invalid" },
  { method: "PUT", path: "/containers/other", body: {}, status: 400, code: "request.invalid" },
  { method: "PUT", path: "/containers/job-x", body: { jobId: "no uuid", attempt: 0, slot: 1, argv: [], env: { a: 1 } }, status: 400, code: "request.invalid" },
  { method: "GET", path: "/containers/job-x/log?offset=-1", body: undefined, status: 400, code: "request.invalid" },
  { method: "POST", path: "/containers/job-x/stop", body: { graceMs: 1e9 }, status: 400, code: "request.invalid" },
  { method: "GET", path: "/nothing", body: undefined, status: 404, code: "request.not-found" },
])("$method $path is answered as a problem", async ({ method, path, body, status, code }) => {
  expect(await problem(await call(method, path, body))).toMatchObject({ status, code });
});

test("a caller without the token is turned away", async () => {
  expect(await problem(await call("GET", "/containers", undefined, { token: "wrong" }))).toMatchObject({ status: 401, code: "auth.required" });
});

test("an engine that is away is a 503 that can be retried and names the socket", async () => {
  const away = await serve({ DOCKER_SOCKET: "/tmp/freehold-test-no-such.sock" });
  const response = await call("GET", "/containers", undefined, { to: away.base });
  expect(response.headers.get("retry-after")).toBe("1");
  expect(await problem(response)).toMatchObject({
    status: 503,
    code: "docker.unavailable",
    detail: expect.stringContaining("/tmp/freehold-test-no-such.sock"),
  });
  await closeServer(away.server, 100);
});

test("readiness names the part of the place that is missing", async () => {
  expect((await call("GET", "/health/ready")).status).toBe(200);
  const broken = await serve({ JOB_NETWORKS: `${place.prefix}-nowhere` });
  expect(await problem(await call("GET", "/health/ready", undefined, { to: broken.base }))).toMatchObject({
    status: 503,
    detail: expect.stringContaining(`network ${place.prefix}-nowhere`),
  });
  await closeServer(broken.server, 100);
});

test("a missing image and a missing network can be retried after the next `freehold up`", async () => {
  const broken = await serve({ JOB_IMAGE: "freehold/no-such-image:1" });
  expect(await problem(await call("PUT", "/containers/job-image", shell("true"), { to: broken.base }))).toMatchObject({
    status: 503,
    code: "docker.image-missing",
  });
  await closeServer(broken.server, 100);
  const netless = await serve({ JOB_NETWORKS: `${place.prefix}-nowhere` });
  expect(await problem(await call("PUT", "/containers/job-network", shell("true"), { to: netless.base }))).toMatchObject({
    status: 503,
    code: "docker.network-missing",
  });
  await closeServer(netless.server, 100);
});
