import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import { startJobHome, type HomePart, type JobHome } from "../support/job-home.ts";
import { docker } from "../support/job-place.ts";
import { until } from "../support/until.ts";

interface Job {
  id: string;
  state: string;
  result: string | null;
  costUsd: number | null;
  provider: string | null;
  error: { code: string; message: string } | null;
  attempts: { number: number; state: string; sessionId: string; error: { code: string } | null }[];
}

let home: JobHome;
/** Every set of job containers that was seen since the test began. */
let seen: Set<string>;
let watching: NodeJS.Timeout;

beforeAll(async () => {
  home = await startJobHome(2);
}, 300_000);
beforeAll(() => {
  seen = new Set();
  watching = setInterval(() => seen.add(home.jobContainers().toSorted().join(" ")), 150);
});
afterEach(() => seen.clear());
afterAll(() => {
  clearInterval(watching);
  home?.remove();
}, 60_000);

const call = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
  const response = await fetch(`${home.url()}${path}`, {
    method,
    headers: { authorization: "Bearer worker-token", "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as T;
};
const post = (prompt: string) => call<Job>("POST", "/api/jobs", { prompt });
const ended = (id: string) =>
  until(
    "the job to end",
    async () => {
      const job = await call<Job>("GET", `/api/jobs/${id}`);
      return ["succeeded", "failed", "cancelled"].includes(job.state) ? job : undefined;
    },
    { timeoutMs: 90_000, everyMs: 200 },
  );
const file = (id: string, name: string) => readFileSync(join(home.place.folder, id, "workspace", name), "utf8");
/** Waits until the job's own shell has begun, which is the middle of its run. */
const inTheMiddle = (id: string) => until("the job to be in the middle", () => (/half/.test(file(id, "ticks.txt")) ? true : undefined), { timeoutMs: 60_000 });
const task = "[[write:/workspace/first.txt|one]] [[bash:echo half >> ticks.txt; sleep 6; echo whole >> ticks.txt]] [[write:/workspace/last.txt|two]]";

test("a real Claude Code job writes a file through the gateway, and its cost, provider and log are there", async () => {
  const { id } = await post("[[write:/workspace/hello.txt|hello from the job]]");
  const job = await ended(id);
  expect(job).toMatchObject({ state: "succeeded", error: null, provider: "rehearsal", attempts: [{ number: 1, state: "succeeded" }] });
  expect(file(id, "hello.txt")).toBe("hello from the job");
  expect(typeof job.costUsd).toBe("number");
  const log = readFileSync(join(home.place.folder, id, "attempts", "1.ndjson"), "utf8");
  expect(
    log
      .trim()
      .split("\n")
      .map((line) => (JSON.parse(line) as { type: string }).type),
  ).toEqual(expect.arrayContaining(["system", "assistant", "user", "result"]));
  expect(home.jobContainers()).toEqual([]);
}, 120_000);

test.each([["worker"], ["manager"], ["gateway"], ["postgres"]] as [HomePart][])(
  "kill -9 of the %s in the middle of a job: one container, one attempt, succeeded once",
  async (part) => {
    const { id } = await post(task);
    await inTheMiddle(id);
    home.kill(part);
    home.start(part);
    const job = await ended(id);
    expect(job).toMatchObject({ state: "succeeded", attempts: [{ number: 1, state: "succeeded" }] });
    expect([file(id, "ticks.txt"), file(id, "last.txt")]).toEqual(["half\nwhole\n", "two"]);
    expect([...seen].filter(Boolean)).toEqual([`${home.place.prefix}-job-${id}-1`]);
    expect(readFileSync(join(home.place.folder, id, "attempts", "1.ndjson"), "utf8").match(/"type":"result"/g)).toHaveLength(1);
  },
  120_000,
);

test("a job whose container is killed resumes its session in a second attempt and finishes", async () => {
  const { id } = await post(task);
  await inTheMiddle(id);
  docker("kill", "--signal", "KILL", `${home.place.prefix}-job-${id}-1`);
  const job = await ended(id);
  expect(job.attempts.map(({ state, error }) => [state, error?.code])).toEqual([
    ["failed", "job.crashed"],
    ["succeeded", undefined],
  ]);
  expect(job.attempts[0]?.sessionId).toBe(job.attempts[1]?.sessionId);
  expect(file(id, "last.txt")).toBe("two");
  expect([...seen].every((containers) => containers.split(" ").length === 1)).toBe(true);
}, 120_000);

test("cancelling kills the container and what runs in it", async () => {
  const { id } = await post("[[bash:echo half >> ticks.txt; sleep 600]]");
  await inTheMiddle(id);
  const cancelledAt = Date.now();
  await call("POST", `/api/jobs/${id}/cancel`);
  expect(await ended(id)).toMatchObject({ state: "cancelled", attempts: [{ state: "cancelled" }] });
  expect(Date.now() - cancelledAt).toBeLessThan(15_000);
  expect(home.jobContainers()).toEqual([]);
}, 120_000);
