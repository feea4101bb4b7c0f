import type { ServerResponse } from "node:http";
import { expect, test } from "@jest/globals";
import { until } from "../../../tests/support/until.ts";
import { event, startGateway, streamHeaders, upstreamKey, wholeStream } from "./testing/fixtures.ts";
import { stream, withGateway } from "./testing/front.ts";

const front = withGateway();
const { ask, script } = front;

test.each([
  ["before the first byte", () => undefined],
  ["after it", (response: ServerResponse) => void response.writeHead(200, streamHeaders).write(wholeStream[0])],
])("a caller who leaves frees the provider within 100 ms, %s", async (_when, begin) => {
  const waits: number[] = [];
  for (let caller = 0; caller < 9; caller++) {
    let came = false;
    script((response) => {
      came = true;
      begin(response);
    });
    const leave = new AbortController();
    const asked = ask(stream, { signal: leave.signal }).then((response) => response.text());
    await until("the call to reach the provider", () => came, { everyMs: 2 });
    const left = performance.now();
    leave.abort();
    await expect(asked).rejects.toThrow("aborted");
    await until("the provider to be freed", () => front.upstream.open() === 0, { everyMs: 2 });
    waits.push(performance.now() - left);
  }
  // The middle one: other work on the machine may hold up some.
  expect(waits.toSorted((one, other) => one - other)[4]).toBeLessThan(100);
});

test.each([
  ["cut", (response: ServerResponse) => void setTimeout(() => response.destroy(), 20), "provider.cut"],
  ["ended without message_stop", (response: ServerResponse) => void response.end(), "provider.cut"],
  ["silent", () => {}, "provider.timeout"],
])("a stream that is %s ends with an error event, and half an event is not passed on", async (_name, breakOff, code) => {
  script((response) => {
    response.writeHead(200, streamHeaders).write(`${wholeStream[0]}event: content_block_delta\ndata: {"type":"conte`);
    breakOff(response);
  });
  const text = await (await ask(stream)).text();
  const events = text.replaceAll('event: ping\ndata: {"type": "ping"}\n\n', "");
  expect(events.startsWith(`${wholeStream[0]}event: error\ndata: {"type":"error","error":{"type":"`)).toBe(true);
  expect(events).toContain(code);
  expect(events).not.toContain("127.0.0.1");
  expect(events.endsWith("\n\n")).toBe(true);
});

test("an error event of the provider passes as it is, and nothing is added", async () => {
  const failing = event("error", { error: { type: "overloaded_error", message: "Overloaded" } });
  script((response) => {
    response.writeHead(200, streamHeaders).write(wholeStream[0]);
    setTimeout(() => response.end(failing), 20);
  });
  expect(await (await ask(stream)).text()).toBe(`${wholeStream[0]}${failing}`);
});

test("a silent stream is kept alive with pings", async () => {
  const ping = 'event: ping\ndata: {"type": "ping"}\n\n';
  let goOn = () => {};
  script((response) => {
    response.writeHead(200, streamHeaders).write(wholeStream[0]);
    goOn = () => void response.end(wholeStream.slice(1).join(""));
  });
  let text = "";
  for await (const chunk of (await ask(stream)).body ?? []) {
    const isFirst = !text.includes(ping);
    text += Buffer.from(chunk).toString();
    if (isFirst && text.includes(ping)) goOn();
  }
  expect(text).toContain(ping);
  expect(text.replaceAll(ping, "")).toBe(wholeStream.join(""));
});

test("a gateway that stops ends its streams with an error event, and those who wait with 503", async () => {
  const other = await startGateway({ ANTHROPIC_API_KEY: upstreamKey, ANTHROPIC_BASE_URL: front.upstream.url }, front.gateway.databaseUrl);
  let calls = 0;
  script((response) => {
    if (calls++ === 0) response.writeHead(200, streamHeaders).write(wholeStream[0]);
  });
  const use = () => fetch(`${other.url}/v1/messages`, { method: "POST", headers: { "x-api-key": front.key }, body: JSON.stringify(stream) });
  const streaming = await use();
  const waiting = use();
  await until("both calls to reach the provider", () => calls === 2);
  other.gateway.stopExchanges();
  expect(await streaming.text()).toMatch(/event: error\ndata: .*gateway\.stopping.*\n\n$/);
  expect([(await waiting).status, (await waiting).headers.get("retry-after")]).toEqual([503, "1"]);
  await other.close();
});
