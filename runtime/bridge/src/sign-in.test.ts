import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { until } from "../../../tests/support/until.ts";
import { geminiKey, present, startBridge, type TestBridge } from "./testing/fixtures.ts";
import { oauthClient, startOAuth, type OAuthSimulator } from "./testing/google-oauth-simulator.ts";

let oauth: OAuthSimulator;
let bridge: TestBridge;
let now: number;

const clock = { now: () => now };
const minutes = 60_000;

async function open(environment: Record<string, string> = {}): Promise<void> {
  bridge = await startBridge({
    clock,
    takesToken: (token) => oauth.takesToken(token),
    environment: {
      GOOGLE_OAUTH_CLIENT_ID: oauthClient.id,
      GOOGLE_OAUTH_CLIENT_SECRET: oauthClient.secret,
      GOOGLE_PROJECT: "project-1",
      GOOGLE_OAUTH_BASE_URL: oauth.url,
      ...environment,
    },
  });
}
beforeEach(async () => {
  now = Date.parse("2026-11-21T12:00:00Z");
  oauth = await startOAuth();
  await open();
});
afterEach(async () => {
  await bridge.close();
  await oauth.close();
});

const json = async (response: Promise<Response>) => (await (await response).json()) as Record<string, unknown>;
const start = async () => String((await json(bridge.admin("POST", "/admin/oauth/start")))["url"]);
const finish = (code: string) => bridge.admin("POST", "/admin/oauth/finish", { code });
const status = () => json(bridge.admin("GET", "/admin/oauth/status"));
const ask = () => bridge.post("/v1/messages", { model: "claude-opus-5-5", max_tokens: 10, messages: [{ role: "user", content: "hi" }] });
const usedToken = () => present(bridge.gemini.calls.at(-1)).headers.authorization;
async function signIn(): Promise<void> {
  expect((await finish(oauth.consent(await start()).code)).status).toBe(204);
}
const errorOf = async (response: Response) => [response.status, ((await response.json()) as { error: { message: string } }).error.message] as const;

test("an account that is signed in pays for the requests, by its token and project", async () => {
  expect(await status()).toMatchObject({ state: "signed-out", credential: "none", lastCall: null });
  const url = await start();
  expect(await status()).toMatchObject({ state: "signing-in" });
  await finish(oauth.consent(url).code);
  expect(await status()).toEqual({ state: "signed-in", expiresAt: "2026-11-21T12:59:59.000Z", credential: "google-account", lastCall: null });
  expect((await ask()).status).toBe(200);
  expect(present(bridge.gemini.calls.at(-1)).headers).toMatchObject({
    authorization: expect.stringMatching(/^Bearer ya29\./),
    "x-goog-user-project": "project-1",
  });
  expect(present(bridge.gemini.calls.at(-1)).headers).not.toHaveProperty("x-goog-api-key");
  expect(await status()).toMatchObject({ lastCall: { ok: true, code: null } });
});

test("the whole address that the browser was led to will do; another sign-in's will not", async () => {
  const first = oauth.consent(await start());
  const second = oauth.consent(await start());
  const refused = await finish(first.redirect);
  expect([refused.status, await refused.json()]).toMatchObject([400, { code: "oauth.code-refused" }]);
  expect((await finish(second.redirect)).status).toBe(204);
});

test("the tokens lie sealed on the volume, for the bridge's user alone, and in no log or answer", async () => {
  await signIn();
  await ask();
  const token = present(usedToken()).replace("Bearer ", "");
  const [name, ...others] = readdirSync(bridge.dataDir);
  const file = join(bridge.dataDir, present(name));
  expect(others).toEqual([]);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const told = [readFileSync(file, "utf8"), bridge.logged(), await bridge.metrics.text(), JSON.stringify(await status())].join("\n");
  for (const secret of [token, "1//0", oauthClient.secret]) expect(told).not.toContain(secret);
});

describe("a restart", () => {
  test("keeps the sign-in, also one that is under way", async () => {
    const url = await start();
    await bridge.restart();
    await finish(oauth.consent(url).code);
    await bridge.restart();
    expect((await ask()).status).toBe(200);
    expect(oauth.refreshes()).toBe(0);
  });

  test("under another key is refused in words that say what to do, and deleted by signing out", async () => {
    await signIn();
    const sealed = readFileSync(join(bridge.dataDir, "google-account.sealed"), "utf8");
    await bridge.close();
    await open({ BRIDGE_KEY: "another-key-of-a-test" });
    writeFileSync(join(bridge.dataDir, "google-account.sealed"), sealed);
    expect(await errorOf(await ask())).toEqual([503, expect.stringContaining("can't be opened with this BRIDGE_KEY")]);
    expect((await fetch(`${bridge.url}/health/ready`)).status).toBe(503);
    expect((await bridge.admin("DELETE", "/admin/oauth")).status).toBe(204);
    expect((await fetch(`${bridge.url}/health/ready`)).status).toBe(200);
  });

  test.each([
    ["cut short", (text: string) => text.slice(0, -20)],
    ["changed", (text: string) => text.replace(/"sealed":"./, (begin) => begin.slice(0, -1) + (begin.endsWith("A") ? "B" : "A"))],
  ])("on a file that was %s never takes it for whole", async (_what, spoil) => {
    await signIn();
    const file = join(bridge.dataDir, "google-account.sealed");
    writeFileSync(file, spoil(readFileSync(file, "utf8")));
    await bridge.restart();
    expect((await ask()).status).toBe(503);
  });

  test("clears away what a crash in the midst of a write left", async () => {
    await signIn();
    const left = join(bridge.dataDir, "google-account.sealed.123.tmp");
    writeFileSync(left, "half");
    await bridge.restart();
    await ask();
    expect(readdirSync(bridge.dataDir)).toEqual(["google-account.sealed"]);
  });
});

describe("renewal", () => {
  test("happens once for fifty requests that come at once with a token that has ended", async () => {
    await signIn();
    now += 60 * minutes;
    const answers = await Promise.all(Array.from({ length: 50 }, ask));
    expect(answers.every(({ status: code }) => code === 200)).toBe(true);
    expect(oauth.refreshes()).toBe(1);
  });

  test("happens behind the requests' backs while the token still serves, and nobody waits for it", async () => {
    await signIn();
    now += 56 * minutes;
    let release = () => {};
    oauth.hold(new Promise((resolve) => (release = resolve)));
    expect((await ask()).status).toBe(200);
    const before = usedToken();
    expect(oauth.refreshes()).toBe(0);
    release();
    await until("the renewal", () => oauth.refreshes() === 1);
    await until("the new token in use", async () => {
      await ask();
      return usedToken() !== before;
    });
    expect(oauth.refreshes()).toBe(1);
  });

  test("happens when Google takes the token no more, and the request goes on without the caller's noticing", async () => {
    await signIn();
    oauth.expireTokens();
    const answers = await Promise.all(Array.from({ length: 10 }, ask));
    expect(answers.map(({ status: code }) => code)).toEqual(Array.from({ length: 10 }, () => 200));
    expect(oauth.refreshes()).toBeLessThanOrEqual(2);
  });

  test("that Google's servers fail asks for a wait, and the sign-in is kept", async () => {
    await signIn();
    now += 60 * minutes;
    for (const code of [500, 503, 429]) {
      oauth.outage(code);
      const response = await ask();
      expect([response.status, response.headers.get("retry-after"), response.headers.get("x-should-retry")]).toEqual([503, "5", null]);
    }
    oauth.outage(undefined);
    expect((await ask()).status).toBe(200);
  });
});

describe("access that the user took back", () => {
  beforeEach(async () => {
    await signIn();
    oauth.revokeAll();
  });

  test("ends the sign-in: the owner is told, and clients give up at once", async () => {
    const response = await ask();
    expect(response.headers.get("x-should-retry")).toBe("false");
    expect((await errorOf(response))[0]).toBe(401);
    expect(await status()).toMatchObject({ state: "lost", credential: "none" });
    await bridge.restart();
    expect(await status()).toMatchObject({ state: "lost" });
    expect(oauth.refreshes()).toBe(0);
    expect(bridge.logged()).toContain("account.sign-in-lost");
  });

  test("is made good by a new sign-in", async () => {
    await ask();
    await signIn();
    expect((await ask()).status).toBe(200);
    expect(await status()).toMatchObject({ state: "signed-in" });
  });
});

test("an API key serves where Google has ended the sign-in, in the same request", async () => {
  await bridge.close();
  await open({ GEMINI_API_KEY: geminiKey });
  await signIn();
  oauth.revokeAll();
  expect((await ask()).status).toBe(200);
  expect(present(bridge.gemini.calls.at(-1)).headers).toMatchObject({ "x-goog-api-key": geminiKey });
  expect(await status()).toMatchObject({ state: "lost", credential: "api-key" });
});

test("signing out deletes the tokens here and at Google; a renewal under way does not bring them back", async () => {
  await signIn();
  now += 60 * minutes;
  let release = () => {};
  oauth.hold(new Promise((resolve) => (release = resolve)));
  const asked = ask();
  await until("the renewal is under way", () => oauth.waiting() === 1);
  const signedOut = bridge.admin("DELETE", "/admin/oauth");
  await until("the file is gone", () => readdirSync(bridge.dataDir).length === 0);
  release();
  expect((await signedOut).status).toBe(204);
  expect((await asked).status).toBe(401);
  expect(await status()).toMatchObject({ state: "signed-out", credential: "none" });
  expect(oauth.revoked).toHaveLength(1);
});

describe("a sign-in is refused, and an older one stays,", () => {
  test.each([
    ["with a code of nobody's", async () => (await start(), "4/0Anobody"), "oauth.code-refused"],
    ["with an address without a code", async () => (await start(), "http://127.0.0.1:8081/?error=access_denied&state=x"), "oauth.code-refused"],
    ["with too small a scope", async () => oauth.consent(await start(), { scope: "openid" }).code, "oauth.scope-missing"],
    ["that was never begun", async () => "4/0A", "oauth.not-started"],
    [
      "after ten minutes",
      async () => {
        const { code } = oauth.consent(await start());
        now += 10 * minutes;
        return code;
      },
      "oauth.not-started",
    ],
  ])("%s", async (_what, codeOf, error) => {
    await signIn();
    const refused = await finish(await codeOf());
    expect([refused.status >= 400, await refused.json()]).toMatchObject([true, { code: error }]);
    expect(await status()).toMatchObject({ state: "signed-in" });
  });

  test("with a code that was used", async () => {
    const { code } = oauth.consent(await start());
    expect((await finish(code)).status).toBe(204);
    await start();
    expect((await finish(code)).status).toBe(400);
    expect(await status()).toMatchObject({ state: "signed-in" });
  });
});

test("the administration wants its own token", async () => {
  for (const [method, path] of [
    ["GET", "status"],
    ["POST", "start"],
    ["POST", "finish"],
    ["DELETE", ""],
  ] as const) {
    const response = await fetch(`${bridge.url}/admin/oauth/${path}`, { method, headers: { authorization: "Bearer bridge-token-of-a-test" } });
    expect(response.status).toBe(401);
  }
});

test("without a client there is no sign-in, and half a client is refused at the start", async () => {
  await bridge.close();
  bridge = await startBridge();
  expect(await status()).toMatchObject({ state: "not-configured", credential: "none" });
  expect((await bridge.admin("POST", "/admin/oauth/start")).status).toBe(409);
  expect(await errorOf(await ask())).toEqual([401, expect.stringContaining("GEMINI_API_KEY")]);
  await expect(startBridge({ environment: { GOOGLE_OAUTH_CLIENT_ID: "x" } })).rejects.toThrow("GOOGLE_OAUTH_CLIENT_ID needs GOOGLE_OAUTH_CLIENT_SECRET");
});
