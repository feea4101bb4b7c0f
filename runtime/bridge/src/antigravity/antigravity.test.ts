import Anthropic, { APIError } from "@anthropic-ai/sdk";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { settings } from "../config.ts";
import { agent, calling, saying } from "../testing/gemini-answers.ts";
import { bridgeToken, geminiKey, present, startBridge, type TestBridge } from "../testing/fixtures.ts";
import { oauthClient, startOAuth, type OAuthSimulator } from "../testing/google-oauth-simulator.ts";
import { GoogleRefusal } from "../testing/google-refusal.ts";

let oauth: OAuthSimulator;
let bridge: TestBridge;
let client: Anthropic;

async function open(more: Record<string, string> = {}): Promise<void> {
  bridge = await startBridge({
    takesToken: (token) => oauth.takesToken(token),
    environment: {
      ANTIGRAVITY: "accept-risk",
      GEMINI_API_KEY: geminiKey,
      GOOGLE_OAUTH_CLIENT_ID: oauthClient.id,
      GOOGLE_OAUTH_CLIENT_SECRET: oauthClient.secret,
      GOOGLE_OAUTH_BASE_URL: oauth.url,
      ...more,
    },
  });
  client = new Anthropic({ apiKey: bridgeToken, baseURL: bridge.url, maxRetries: 0 });
}
beforeEach(async () => {
  oauth = await startOAuth();
  await open();
});
afterEach(async () => {
  expect(bridge.gemini.refusals).toEqual([]);
  await bridge.close();
  await oauth.close();
});

async function signIn(): Promise<void> {
  const { url } = (await (await bridge.admin("POST", "/admin/oauth/start")).json()) as { url: string };
  expect((await bridge.admin("POST", "/admin/oauth/finish", { code: oauth.consent(url).code })).status).toBe(204);
}
const prompt = { model: "claude-opus-5-5", max_tokens: 1_000, messages: [{ role: "user" as const, content: "Say hello" }] };
const failureOf = async (promise: Promise<unknown>): Promise<APIError> => {
  const thrown: unknown = await promise.catch((error: unknown) => error);
  expect(thrown).toBeInstanceOf(APIError);
  return thrown as APIError;
};
const cloudCode = () => bridge.gemini.cloudCode;

test("it is off unless its owner has accepted the risk, and then warns at each start", async () => {
  expect(bridge.logged()).toContain("has banned accounts");
  await bridge.close();
  expect(settings.shape.ANTIGRAVITY.safeParse("yes").success).toBe(false);
  await open({ ANTIGRAVITY: "", GOOGLE_PROJECT: "p" });
  expect(bridge.logged()).not.toContain("has banned accounts");
  expect((await client.messages.create(prompt)).content).toEqual([{ type: "text", text: "hello" }]);
  expect(cloudCode().envelopes).toEqual([]);
});

test("it takes a signed-in account alone, never the API key", async () => {
  expect((await failureOf(client.messages.create(prompt))).status).toBe(401);
  await bridge.close();
  await expect(startBridge({ environment: { ANTIGRAVITY: "accept-risk", GEMINI_API_KEY: geminiKey } })).rejects.toThrow("signed-in accounts alone");
  await open();
});

test("answers stream through the envelope of the account's own project, which is asked for once, under our own name", async () => {
  await signIn();
  bridge.gemini.script(saying("Hello", ", world"));
  const pieces: string[] = [];
  const message = await client.messages
    .stream(prompt)
    .on("text", (text) => pieces.push(text))
    .finalMessage();
  expect([pieces, message.stop_reason, message.usage.output_tokens]).toEqual([["Hello", ", world"], "end_turn", 32]);
  await client.messages.create(prompt);
  expect(cloudCode().asked).toEqual(["loadCodeAssist"]);
  expect(cloudCode().envelopes).toMatchObject([1, 2].map(() => ({ project: "own-project", model: "gemini-3.8-flash", userAgent: "freehold" })));
  expect(new Set(cloudCode().envelopes.map(({ requestId }) => requestId)).size).toBe(2);
  expect(present(bridge.gemini.calls[0]).headers.authorization).toMatch(/^Bearer ya29\./);
});

test("tools, their results and thought signatures make the round", async () => {
  await signIn();
  const tools: Anthropic.Tool[] = [
    { name: "Write", input_schema: { type: "object", properties: { file_path: { type: "string" }, content: { type: "string" } } } },
  ];
  bridge.gemini.script(agent);
  const messages: Anthropic.MessageParam[] = [{ role: "user", content: "[[write:/tmp/a|b]]" }];
  const first = await client.messages.create({ ...prompt, tools, messages });
  const use = present(first.content.find((block) => block.type === "tool_use"));
  expect(use).toMatchObject({ name: "Write", input: { file_path: "/tmp/a", content: "b" } });
  messages.push({ role: "assistant", content: first.content }, { role: "user", content: [{ type: "tool_result", tool_use_id: use.id, content: "written" }] });
  const second = await client.messages.create({ ...prompt, tools, messages });
  expect(JSON.stringify(second.content)).toContain("written");
  bridge.gemini.script(calling([{ name: "Write", args: {} }]));
  expect((await client.messages.create({ ...prompt, tools })).stop_reason).toBe("tool_use");
});

test("an account without a project is set up for its default tier; many requests at once do so once", async () => {
  await signIn();
  cloudCode().project = undefined;
  const answers = await Promise.all([1, 2, 3].map(() => client.messages.create(prompt)));
  expect(answers.map(({ stop_reason }) => stop_reason)).toEqual(["end_turn", "end_turn", "end_turn"]);
  expect(cloudCode().asked).toEqual(["loadCodeAssist", "onboardUser", "onboardUser"]);
  expect(present(cloudCode().envelopes[0]).project).toBe("brave-echo-1234");
});

test("GOOGLE_PROJECT is taken as it is; one that is not the account's is refused in our own words", async () => {
  await bridge.close();
  await open({ GOOGLE_PROJECT: "somebody-elses" });
  await signIn();
  const { status, message } = await failureOf(client.messages.create(prompt));
  expect([status, message.includes("somebody-elses")]).toEqual([401, false]);
  expect(cloudCode().asked).toEqual([]);
});

test.each([
  ["quotaResetDelay", { quotaResetDelay: "1h16m0.667923083s" }, "false", 4_561],
  ["quotaResetTimeStamp", { quotaResetTimeStamp: new Date(Date.now() + 7_200_000).toISOString() }, "false", 7_200],
  ["a short one", { quotaResetDelay: "12.5s" }, null, 13],
])("a used-up quota is told with the time that Google names: %s", async (_how, metadata, shouldRetry, seconds) => {
  await signIn();
  // oxlint-disable-next-line require-yield -- a script that refuses says nothing
  bridge.gemini.script(function* () {
    const info = { "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason: "QUOTA_EXHAUSTED", metadata };
    throw new GoogleRefusal(429, "You have exhausted your capacity on this model.", [info]);
  });
  const { status, headers } = await failureOf(client.messages.create(prompt));
  expect([status, headers?.get("x-should-retry") ?? null]).toEqual([429, shouldRetry]);
  expect(Math.abs(Number(headers?.get("retry-after")) - seconds)).toBeLessThan(seconds > 60 ? 300 : 5);
});

test("an error in the midst of a stream breaks it; models are those that are offered; counting is declined", async () => {
  await signIn();
  bridge.gemini.script(function* (call) {
    yield* [...saying("half")(call)].slice(0, 1);
    throw new GoogleRefusal(503, "The model is overloaded.");
  });
  await expect(client.messages.stream(prompt).finalMessage()).rejects.toThrow("overloaded");
  const ids = (await client.models.list()).data.map(({ id }) => id);
  expect(ids).toContain("claude-opus-5-5");
  expect(ids).not.toContain("claude-haiku-5-5");
  expect((await failureOf(client.messages.countTokens({ model: prompt.model, messages: prompt.messages }))).status).toBe(404);
});
