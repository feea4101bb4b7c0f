import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { until } from "../../../tests/support/until.ts";
import { chunk, saying } from "./testing/gemini-answers.ts";
import { geminiKey, present, startBridge, type TestBridge } from "./testing/fixtures.ts";

const mb = 1024 * 1024;
let bridge: TestBridge;

beforeAll(async () => {
  bridge = await startBridge({
    environment: { GEMINI_API_KEY: geminiKey, MAX_BODY_BYTES: String(3 * mb), BODY_BUDGET_BYTES: String(2 * mb), BODY_WAIT_MS: "150" },
  });
});
afterAll(() => bridge.close());

const ask = (bytes: number, signal?: AbortSignal) =>
  bridge.post(
    "/v1/messages",
    { model: "claude-opus-5-5", max_tokens: 10, messages: [{ role: "user", content: "x".repeat(bytes) }] },
    signal === undefined ? {} : { signal },
  );

/** Gemini answers nobody until it is let. */
function holdGemini(): () => void {
  let letGo = () => {};
  const held = new Promise<void>((resolve) => (letGo = resolve));
  bridge.gemini.script(async function* () {
    await held;
    yield chunk([{ text: "ok" }], { finishReason: "STOP" });
  });
  return letGo;
}

test("a large request waits until another one has been answered; a small one passes", async () => {
  const letGo = holdGemini();
  const first = ask(1.5 * mb);
  await until("the first is at Gemini", () => bridge.gemini.open() === 1);
  const second = ask(1.5 * mb);
  const small = ask(1_000);
  await until("the small one is at Gemini too", () => bridge.gemini.open() === 2);
  letGo();
  expect([(await first).status, (await second).status, (await small).status]).toEqual([200, 200, 200]);
});

test("one that waited too long is asked to come again, and the room is whole afterwards", async () => {
  const letGo = holdGemini();
  const first = ask(1.9 * mb);
  await until("the first is at Gemini", () => bridge.gemini.open() === 1);
  const late = await ask(1.9 * mb);
  expect([late.status, late.headers.get("retry-after"), await late.json()]).toMatchObject([503, "5", { error: { type: "api_error" } }]);
  letGo();
  expect((await first).status).toBe(200);
  bridge.gemini.script(saying("ok"));
  expect((await ask(1.9 * mb)).status).toBe(200);
});

test("a caller that leaves while it is answered gives its room back", async () => {
  holdGemini();
  const controller = new AbortController();
  const left = ask(1.9 * mb, controller.signal).catch(() => {});
  await until("it is at Gemini", () => bridge.gemini.open() === 1);
  controller.abort();
  await left;
  bridge.gemini.script(saying("ok"));
  expect((await ask(1.9 * mb)).status).toBe(200);
});

test("a request over the limit is refused in the words that make clients send less", async () => {
  const refused = await ask(3 * mb);
  expect([refused.status, await refused.json()]).toMatchObject([
    413,
    { error: { type: "request_too_large", message: expect.stringContaining("exceeds the maximum size") } },
  ]);
  expect(present(bridge.gemini.calls.at(-1)).request.contents).toHaveLength(1);
  expect(bridge.logged()).not.toContain("request.failed");
});
