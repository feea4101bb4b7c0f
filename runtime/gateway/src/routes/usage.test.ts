import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Booking } from "../booking.ts";
import { insertBookings } from "../store/bookings.ts";
import { startGateway, type TestGateway } from "../testing/fixtures.ts";
import { noUsage } from "../usage.ts";
import { everyDay, spanUntil } from "../usage-report.ts";

let gateway: TestGateway;
let keyId: string;
const strangeKeyId = "00000000-0000-4000-8000-000000000009";

const booking = (id: string, at: string, more: Partial<Booking> = {}): Booking => ({
  id,
  keyId,
  jobId: null,
  sessionId: null,
  model: "claude-opus-5-5",
  provider: "anthropic",
  status: 200,
  outcome: "completed",
  streamed: true,
  usage: { ...noUsage, inputTokens: 10, outputTokens: 5, cacheReadTokens: 100, cacheWrite5mTokens: 3, cacheWrite1hTokens: 4 },
  costUsd: 0.5,
  upstreamRequestId: null,
  startedAtMs: Date.parse(at),
  firstByteMs: 1.5,
  durationMs: 2.5,
  ...more,
});

beforeAll(async () => {
  gateway = await startGateway({});
  ({ id: keyId } = await gateway.mint({ name: "laptop" }));
  await insertBookings(gateway.db, [
    booking("a", "2026-03-01T00:00:00.000Z"),
    booking("b", "2026-03-01T23:59:59.999Z", { jobId: "job-1", costUsd: 2 }),
    booking("c", "2026-03-02T00:00:00.000Z", { provider: "rehearsal", costUsd: 0, jobId: "job-2" }),
    booking("d", "2026-03-04T12:00:00.000Z", { outcome: "failed", status: 503, costUsd: null, model: null }),
    booking("e", "2026-03-04T12:00:00.000Z", { keyId: strangeKeyId, costUsd: null, model: "unheard-of" }),
    booking("f", "2026-03-05T00:00:00.000Z"),
  ]);
});
afterAll(() => gateway.close());

interface Group {
  group: string | null;
  [sum: string]: unknown;
}
const report = async (query: string) => (await (await gateway.admin(`/admin/usage/report?${query}`)).json()) as { from: string; to: string; groups: Group[] };
const march = "from=2026-03-01&to=2026-03-04";

test("by day: each day of the span is there, in order, those without requests too, and days end at midnight UTC", async () => {
  const { groups } = await report(`by=day&${march}`);
  expect(groups.map(({ group, requests, costUsd }) => [group, requests, costUsd])).toEqual([
    ["2026-03-01", 2, 2.5],
    ["2026-03-02", 1, 0],
    ["2026-03-03", 0, 0],
    ["2026-03-04", 2, 0],
  ]);
  expect(groups[0]).toMatchObject({ inputTokens: 20, outputTokens: 10, cacheReadTokens: 200, cacheWriteTokens: 14, failedRequests: 0, unpricedRequests: 0 });
  expect(groups[3]).toMatchObject({ failedRequests: 1, unpricedRequests: 1 });
  expect(groups[1]).toMatchObject({ rehearsalRequests: 1 });
});

test("by model: what cost most comes first, and the rehearsal's answers stand apart from those of a real model of the same name", async () => {
  const { groups } = await report(`by=model&${march}`);
  expect(groups.map(({ group, provider, requests, costUsd }) => [group, provider, requests, costUsd])).toEqual([
    ["claude-opus-5-5", "anthropic", 2, 2.5],
    ["claude-opus-5-5", "rehearsal", 1, 0],
    ["unheard-of", "anthropic", 1, 0],
    [null, "anthropic", 1, 0],
  ]);
});

test("by key: with the name of each key that is still known; by job: without what no job asked", async () => {
  expect((await report(`by=key&${march}`)).groups.map(({ group, name, requests }) => [group, name, requests])).toEqual([
    [keyId, "laptop", 4],
    [strangeKeyId, null, 1],
  ]);
  expect((await report(`by=job&${march}`)).groups.map(({ group, costUsd }) => [group, costUsd])).toEqual([
    ["job-1", 2],
    ["job-2", 0],
  ]);
});

test("without a span it is the last thirty days up to today, and a single end gives the rest of the span", async () => {
  const today = new Date().toISOString().slice(0, 10);
  expect(await report("")).toMatchObject({ ...spanUntil(today, 30), groups: { length: 30 } });
  expect(await report("to=2026-03-04")).toMatchObject({ from: "2026-02-03", to: "2026-03-04" });
});

test("a year with a leap day and days across a change of the clocks are whole days", () => {
  const days = everyDay([], { from: "2028-02-28", to: "2028-03-01" });
  expect(days.map(({ group }) => group)).toEqual(["2028-02-28", "2028-02-29", "2028-03-01"]);
  expect(everyDay([], { from: "2026-03-28", to: "2026-03-30" })).toHaveLength(3);
});

interface Listed {
  id: string;
  [field: string]: unknown;
}
const list = async (query = "") => (await (await gateway.admin(`/admin/requests?${query}`)).json()) as { requests: Listed[]; nextCursor: string | null };

test("requests are listed newest first, page by page, each once, also where two began in the same millisecond", async () => {
  const seen: string[] = [];
  let cursor: string | null = "";
  for (let page = 0; page < 10 && cursor !== null; page++) {
    const answer = await list(`limit=2${cursor === "" ? "" : `&cursor=${cursor}`}`);
    expect(answer.requests.length).toBeLessThanOrEqual(2);
    seen.push(...answer.requests.map(({ id }) => id));
    cursor = answer.nextCursor;
  }
  expect(seen).toEqual(["f", "e", "d", "c", "b", "a"]);
});

test("a request is shown with its key's name, tokens, cost and durations, and nothing that could hold a prompt", async () => {
  const { requests } = await list("jobId=job-1");
  expect(requests).toEqual([
    {
      id: "b",
      hasBody: false,
      startedAt: "2026-03-01T23:59:59.999Z",
      keyId,
      keyName: "laptop",
      jobId: "job-1",
      sessionId: null,
      model: "claude-opus-5-5",
      provider: "anthropic",
      status: 200,
      outcome: "completed",
      streamed: true,
      inputTokens: 10,
      outputTokens: 5,
      cacheReadTokens: 100,
      cacheWriteTokens: 7,
      costUsd: 2,
      firstByteMs: 1.5,
      durationMs: 2.5,
      upstreamRequestId: null,
    },
  ]);
});

test.each([
  ["outcome=failed", ["d"]],
  ["provider=rehearsal", ["c"]],
  ["model=unheard-of", ["e"]],
  [`keyId=${strangeKeyId}`, ["e"]],
  ["outcome=completed&provider=anthropic&jobId=job-1", ["b"]],
  ["jobId=none", []],
])("requests can be asked for by %s", async (query, ids) => {
  expect((await list(query)).requests.map(({ id }) => id)).toEqual(ids);
});

test.each([
  ["usage/report?by=phase", "by"],
  ["usage/report?from=yesterday", "from"],
  ["usage/report?from=2026-03-02&to=2026-03-01", "to: is before from"],
  ["usage/report?from=2020-01-01&to=2026-03-01", "more than 366 days"],
  ["usage/report?from=2999-01-01", "to: is before from"],
  ["requests?limit=0", "limit"],
  ["requests?limit=201", "limit"],
  ["requests?cursor=abc", "cursor: is none that this list gave"],
  [`requests?cursor=${Buffer.from("2026-99-99T00:00:00.000Z a").toString("base64url")}`, "cursor"],
  ["requests?outcome=odd", "outcome"],
  ["requests?keyId=1", "keyId"],
  ["requests?model=a%00", "model"],
])("%s is refused by name", async (path, text) => {
  const response = await gateway.admin(`/admin/${path}`);
  expect(response.status).toBe(400);
  expect(((await response.json()) as { detail: string }).detail).toContain(text);
});

test("the books are closed to everyone without the admin token", async () => {
  for (const path of ["usage/report", "requests"]) expect((await fetch(`${gateway.url}/admin/${path}`)).status).toBe(401);
});
