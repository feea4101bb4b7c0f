import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { ownerToken, startConsole, type TestConsole } from "../../../tests/support/console.ts";
import { serve, type Service } from "../../../tests/support/scripted-services.ts";
import { charts } from "./charts.ts";

const nowMs = Date.parse("2026-11-21T12:00:20Z");
const asked: { query: string; start: number; end: number; step: string }[] = [];
let store: Service;
let house: TestConsole;
let broken = false;

beforeAll(async () => {
  store = await serve((app) => {
    app.get("/api/v1/query_range", (request, response) => {
      if (broken) return void response.status(422).json({ status: "error", error: "too many series" });
      const { query, start, end, step } = request.query as Record<string, string>;
      asked.push({ query: query!, start: Number(start), end: Number(end), step: step! });
      const values = [
        [Number(start), "1.5"],
        [Number(end), "NaN"],
      ];
      response.json({ status: "success", data: { result: [{ metric: { provider: "anthropic" }, values }] } });
    });
    app.get("/api/v1/alerts", (_request, response) => {
      const annotations = { summary: "The service worker does not answer", description: "Look." };
      const alert = { name: "HomeServiceDown", state: "firing", labels: { severity: "critical" }, annotations, activeAt: "2026-11-21T11:50:00Z" };
      response.json({ status: "success", data: { alerts: [alert] } });
    });
  });
  const away = "http://127.0.0.1:1";
  house = await startConsole({ clock: { now: () => nowMs }, upstreams: { worker: away, backup: away, gateway: away }, settings: { METRICS_URL: store.url } });
});
afterAll(async () => {
  await house.close();
  await store.close();
});

const get = (path: string) => house.call("GET", path, { headers: { authorization: `Bearer ${ownerToken}` } });

test("the charts of a day have sixty steps at round times, a null where nothing was measured, and a line for each provider", async () => {
  const { status, json } = await get("/api/charts");
  expect([status, json.stepSeconds, json.to, json.from]).toEqual([200, 1_440, "2026-11-21T12:24:00.000Z", "2026-11-20T12:24:00.000Z"]);
  expect(json.charts.map(({ name }: { name: string }) => name)).toEqual(charts.map(({ name }) => name));
  const cost = json.charts.find(({ name }: { name: string }) => name === "cost");
  expect(cost.series).toMatchObject([{ name: "anthropic" }]);
  const { points } = cost.series[0];
  expect([points.length, points[0][1], points[1][1], points.at(-1)[1]]).toEqual([61, 1.5, null, null]);
  expect(asked.every(({ query, step }) => step === "1440s" && !query.includes("$step"))).toBe(true);
});

test("a viewer chooses hours and nothing else: what is asked is never theirs to say", async () => {
  expect((await get("/api/charts?hours=1")).json.stepSeconds).toBe(60);
  for (const query of ["hours=0", "hours=721", "query=up", "hours=1&step=1s"])
    expect((await get(`/api/charts?${query}`)).json).toMatchObject({ code: "request.invalid" });
});

test("alerts say what fires since when, how bad it is, and what to do", async () => {
  expect((await get("/api/alerts")).json).toEqual({
    alerts: [
      {
        name: "HomeServiceDown",
        severity: "critical",
        state: "firing",
        summary: "The service worker does not answer",
        description: "Look.",
        since: "2026-11-21T11:50:00.000Z",
      },
    ],
  });
});

test("figures that can't be read are a 503 with the cause and the cure", async () => {
  broken = true;
  expect((await get("/api/charts")).json).toMatchObject({ status: 503, code: "metrics.away", detail: expect.stringMatching(/too many series.*status/) });
});
