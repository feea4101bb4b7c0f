import Anthropic from "@anthropic-ai/sdk";
import { describe, expect, test } from "@jest/globals";
import { chunk } from "./testing/gemini-answers.ts";
import { GoogleRefusal, quotaExhausted } from "./testing/google-refusal.ts";
import { failureOf, prompt, typeOf, withSdk } from "./testing/sdk-scene.ts";

const scene = withSdk();

describe("errors", () => {
  test("a wrong token, an unknown model and a bad body have Anthropic's shape, and none reaches Gemini", async () => {
    const stranger = new Anthropic({ apiKey: "wrong", baseURL: scene.bridge.url, maxRetries: 0 });
    const unauthorized = await failureOf(stranger.messages.create(prompt));
    expect([unauthorized.status, typeOf(unauthorized), unauthorized.headers?.get("x-should-retry")]).toEqual([401, "authentication_error", "false"]);
    const unknown = await failureOf(scene.client.messages.create({ ...prompt, model: "gpt-9" }));
    expect([unknown.status, typeOf(unknown)]).toEqual([404, "not_found_error"]);
    const bad = await failureOf(scene.client.messages.create({ ...prompt, max_tokens: 0 }));
    expect([bad.status, typeOf(bad), bad.message.includes("max_tokens")]).toEqual([400, "invalid_request_error", true]);
    expect(bad.requestID).toMatch(/^[\w-]{8,}$/);
    expect(scene.bridge.gemini.calls).toEqual([]);
  });

  const perMinute = "GenerateRequestsPerMinutePerProjectPerModel-FreeTier";
  const perDay = "GenerateRequestsPerDayPerProjectPerModel-FreeTier";
  const quota = (quotaIds: string[], limit: string) => quotaExhausted({ quotaIds, limit, model: "gemini-3.8-flash", retryDelay: "46s" });
  test.each([
    ["a minute's quota", quota([perMinute], "5"), 429, "rate_limit_error", "46", null],
    ["a model without quota", quota([perMinute, perDay], "0"), 404, "not_found_error", null, "false"],
    ["an overload", new GoogleRefusal(503, "The model is overloaded. Please try again later."), 503, "api_error", "5", null],
    ["an error inside", new GoogleRefusal(500, "An internal error has occurred in projects/123."), 502, "api_error", null, null],
    ["a lost deadline", new GoogleRefusal(504, "Deadline expired"), 504, "timeout_error", null, null],
    ["a forbidden project", new GoogleRefusal(403, "Permission denied on resource project my-secret-project."), 401, "authentication_error", null, "false"],
    ["a region", new GoogleRefusal(400, "User location is not supported for the API use.", [], "FAILED_PRECONDITION"), 403, "permission_error", null, "false"],
    [
      "a long prompt",
      new GoogleRefusal(400, "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576)."),
      400,
      "invalid_request_error",
      null,
      null,
    ],
  ])("%s of Gemini's is told in Anthropic's words", async (_what, refusal, status, type, retryAfter, shouldRetry) => {
    scene.bridge.gemini.script(() => {
      throw refusal;
    });
    for (const stream of [false, true]) {
      const error = await failureOf(scene.client.messages.create({ ...prompt, stream }));
      expect([error.status, typeOf(error), error.headers?.get("retry-after"), error.headers?.get("x-should-retry")]).toEqual([
        status,
        type,
        retryAfter,
        shouldRetry,
      ]);
      expect(error.message).not.toMatch(/my-secret-project|projects\/123/);
    }
  });

  test("a day's quota says when it begins anew, and that asking again is no use", async () => {
    scene.bridge.gemini.script(() => {
      throw quota([perMinute, perDay], "20");
    });
    const error = await failureOf(scene.client.messages.create(prompt));
    const reset = Date.parse(error.headers?.get("x-freehold-quota-reset") ?? "");
    expect([error.status, error.headers?.get("x-freehold-quota"), error.headers?.get("x-should-retry")]).toEqual([429, "day", "false"]);
    expect(reset).toBeGreaterThan(Date.now());
    expect(Math.abs(Number(error.headers?.get("retry-after")) * 1_000 - (reset - Date.now()))).toBeLessThan(5_000);
  });

  test("a prompt that is too long is refused in the words that make clients shorten it", async () => {
    scene.bridge.gemini.script(() => {
      throw new GoogleRefusal(400, "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).");
    });
    expect((await failureOf(scene.client.messages.create(prompt))).message).toContain("prompt is too long: 1200000 tokens > 1048576 maximum");
  });

  test.each([
    [
      "cut",
      "api_error",
      () => {
        throw new Error("cut");
      },
    ],
    [
      "an error event",
      "api_error",
      () => {
        throw new GoogleRefusal(503, "overloaded");
      },
    ],
    ["an end without a reason", "api_error", () => {}],
  ])("%s in the midst of a stream becomes an error event, never a quiet end", async (_what, type, end) => {
    scene.bridge.gemini.script(function* () {
      yield chunk([{ text: "half" }]);
      end();
    });
    const stream = scene.client.messages.stream(prompt);
    expect(typeOf(await failureOf(stream.finalMessage()))).toBe(type);
    expect((await failureOf(scene.client.messages.create(prompt))).status).toBeGreaterThanOrEqual(502);
  });

  test("a Gemini that takes too long to begin, or falls silent, is given up", async () => {
    scene.bridge.gemini.script(async function* ({ signal }) {
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      yield chunk([]);
    });
    const late = await failureOf(scene.client.messages.create(prompt));
    expect([late.status, typeOf(late)]).toEqual([504, "timeout_error"]);
    scene.bridge.gemini.script(async function* ({ signal }) {
      yield chunk([{ text: "half" }]);
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
    });
    expect(typeOf(await failureOf(scene.client.messages.stream(prompt).finalMessage()))).toBe("timeout_error");
  });

  test.each([
    ["no JSON", "<html>502</html>"],
    ["a list", "[1,2,3]"],
    ["nothing", ""],
  ])("an answer that is %s is an error of the provider, not ours", async (_what, text) => {
    scene.bridge.gemini.outage((response) => response.writeHead(200, { "content-type": "text/event-stream" }).end(`data: ${text}\r\n\r\n`));
    expect((await failureOf(scene.client.messages.create(prompt))).status).toBe(502);
    scene.bridge.gemini.outage((response) => response.writeHead(502).end(text));
    expect((await failureOf(scene.client.messages.create(prompt))).status).toBe(502);
  });

  test("a Gemini that isn't there asks for a short wait", async () => {
    scene.bridge.gemini.outage((response) => response.destroy());
    const error = await failureOf(scene.client.messages.create(prompt));
    expect([error.status, error.headers?.get("retry-after")]).toEqual([502, "2"]);
  });
});
