import { expect, test } from "@jest/globals";
import { until } from "../../../tests/support/until.ts";
import { streamHeaders, upstreamKey, wholeMessage, wholeStream } from "./testing/fixtures.ts";
import { prompt, stream, upstreamError, withGateway } from "./testing/front.ts";

const front = withGateway();
const { ask, script } = front;

test("usage and cost of a job are in the books as soon as its request has ended: complete, failed and aborted", async () => {
  const { key: own } = await front.gateway.mint({ jobId: "job-1" });
  const as = { headers: { authorization: `Bearer ${own}`, "x-claude-code-session-id": "11111111-2222-3333-4444-555555555555" } };
  script((response) => response.writeHead(200, streamHeaders).end(wholeStream.join("")));
  await (await ask(stream, as)).text();
  expect(await front.gateway.usageOf("job-1")).toEqual({
    requests: 1,
    inputTokens: 100,
    outputTokens: 50,
    cacheReadTokens: 1_000,
    cacheWriteTokens: 0,
    costUsd: (100 * 4 + 50 * 20 + 1_000 * 0.2) / 1e6,
    unpricedRequests: 0,
    providers: ["anthropic"],
  });
  script((response) => response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(wholeMessage)));
  await (await ask(prompt, as)).text();
  script((response) => response.writeHead(529, { "content-type": "application/json" }).end(upstreamError("overloaded_error", "no")));
  await (await ask(prompt, as)).text();
  script((response) => void response.writeHead(200, streamHeaders).write(wholeStream[0]));
  const leave = new AbortController();
  const left = await ask(stream, { ...as, signal: leave.signal });
  leave.abort();
  await expect(left.text()).rejects.toThrow("aborted");
  await until("the fourth booking", async () => (await front.gateway.usageOf("job-1")).requests === 4);
  const { rows } = await front.gateway.db.query(
    "select outcome, status, streamed, input_tokens::int as input, session_id, upstream_request_id, cost_usd from requests where job_id = 'job-1' order by started_at",
  );
  expect(rows).toMatchObject([
    { outcome: "completed", status: 200, streamed: true, input: 100, session_id: "11111111-2222-3333-4444-555555555555", upstream_request_id: "req_upstream" },
    { outcome: "completed", status: 200, streamed: false, input: 7 },
    { outcome: "failed", status: 503, input: 0, cost_usd: 0 },
    { outcome: "aborted", status: 200, input: 100 },
  ]);
});

test("no key, prompt or credential is in a log, a metric or the database", async () => {
  script((response) => response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(wholeMessage)));
  await (await ask()).text();
  script((response) =>
    response.writeHead(400, { "content-type": "application/json" }).end(upstreamError("invalid_request_error", prompt.messages[0]!.content)),
  );
  await (await ask()).text();
  script((response) => void response.destroy());
  await (await ask(stream)).text();
  await front.gateway.usageOf();
  const tables =
    JSON.stringify((await front.gateway.db.query("select * from virtual_keys")).rows) +
    JSON.stringify((await front.gateway.db.query("select * from requests")).rows);
  for (const secret of [front.key, upstreamKey, "a prompt that no log shows"]) {
    expect(front.gateway.logged()).not.toContain(secret);
    expect(await front.gateway.metrics.text()).not.toContain(secret);
    expect(tables).not.toContain(secret);
  }
  expect(await front.gateway.metrics.text()).toMatch(/gateway_requests_total\{route="messages",provider="anthropic",status="200",outcome="completed"\} \d+/);
});
