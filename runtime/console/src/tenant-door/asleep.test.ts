import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { navigation, startTenantHome, type TenantHome } from "../../../../tests/support/tenant-home.ts";
import { until } from "../../../../tests/support/until.ts";

let home: TenantHome;
let cookie: string;
beforeAll(async () => {
  home = await startTenantHome({ ids: ["u1"] });
  home.manager.add({ id: "u1" });
  cookie = await home.enter("u1.localhost", await home.house.signIn());
}, 120_000);
afterAll(() => home.close());

/** A tenant in a state, once the door knows no other any more. */
async function given(state: string, onWake?: () => void): Promise<void> {
  home.manager.add({ id: "u1", state, ...(onWake !== undefined && { onWake }) });
  await until("the door to see it", async () => (await home.call("u1.localhost", "/.freehold/state", { headers: { cookie } })).json.state === state, {
    timeoutMs: 5_000,
  });
  home.manager.asked.splice(0);
  home.servers["u1"]!.seen.splice(0);
}
const page = (path = "/chat") => home.call("u1.localhost", path, { headers: { ...navigation, cookie } });
const asked = (what: string) => home.manager.asked.filter((line) => line.startsWith(what)).length;

test("a person sees at once that it wakes, and is led on without a script; the page that was asked for comes when it is up", async () => {
  await given("asleep", () => undefined);
  const waiting = await page();
  expect([waiting.status, waiting.headers["retry-after"], waiting.headers["cache-control"]]).toEqual([503, "3", "no-store"]);
  expect(waiting.text).toContain("Waking up");
  expect(waiting.text).toContain('<noscript><meta http-equiv="refresh" content="3"></noscript>');
  expect(waiting.headers["content-security-policy"]).toMatch(/default-src 'none'; style-src 'sha256-.+'; script-src 'sha256-.+'; connect-src 'self'/);
  expect(home.servers["u1"]!.seen).toEqual([]);
  home.manager.turn("u1", "awake");
  await until("the page", async () => (await page()).text.includes("Tenant u1"));
});

test.each([
  ["waiting", "Waiting for memory", true],
  ["waking", "Waking up", true],
  ["falling-asleep", "Waking up", true],
  ["provisioning", "Being set up", true],
  ["restoring", "Being restored", true],
  ["failed", "It does not start", true],
  ["stopped", "Stopped", false],
  ["removing", "Removed", false],
] as const)(
  "a tenant that is %s says so: %s",
  async (state, title, goesOn) => {
    await given(state);
    const { status, text } = await page();
    expect([status, text.includes(`<h1>${title}</h1>`), text.includes("http-equiv")]).toEqual([503, true, goesOn]);
    expect(text).toContain(`<a href="${home.consoleOrigin}/tenants/u1">`);
    // What a person stopped is not woken by whoever comes by.
    expect(asked("awake")).toBe(goesOn ? 1 : 0);
    if (goesOn) return;
    const { json, headers } = await home.call("u1.localhost", "/x", { headers: { cookie } });
    expect([json.code, json.details, headers["retry-after"]]).toEqual(["tenant.over", { state }, undefined]);
  },
  60_000,
);

test("sixty requests at once to a sleeping tenant wake it once, wait for it, and get their answers", async () => {
  let woken = 0;
  await given("asleep", () => (woken += 1));
  const answers = Promise.all(
    Array.from({ length: 60 }, (_, index) => home.call("u1.localhost", `/r/${index}`, { headers: { authorization: "Bearer token-of-u1" } })),
  );
  await until("the waking", () => asked("awake") > 0);
  home.manager.turn("u1", "awake");
  expect((await answers).map(({ status }) => status)).toEqual(Array.from({ length: 60 }, () => 200));
  expect(woken).toBe(1);
});

test("a page with sixty requests asks the manager once a second, not sixty times", async () => {
  await given("awake");
  await Promise.all(Array.from({ length: 60 }, () => home.call("u1.localhost", "/x", { headers: { cookie } })));
  expect(asked("find")).toBeLessThanOrEqual(10);
});

test("a WebSocket waits for its tenant to wake", async () => {
  await given("asleep", () => undefined);
  const socket = home.socket("u1.localhost", "/ws", { cookie, origin: home.originOf("u1.localhost") });
  const opened = new Promise((resolve, reject) => {
    socket.addEventListener("open", resolve);
    socket.addEventListener("error", reject);
  });
  await until("the waking", () => asked("awake") > 0);
  home.manager.turn("u1", "awake");
  await opened;
  socket.close();
});

test("what waits in vain gets 503 and when to come again", async () => {
  await given("waiting");
  const late = home.call("u1.localhost", "/x", { headers: { cookie } });
  await until("the waiting", () => asked("awake") > 0);
  home.manager.turn("u1", "failed");
  const { status, headers, json } = await late;
  expect([status, headers["retry-after"], json.code, json.details]).toEqual([503, "5", "tenant.not-up", { state: "failed" }]);
});

test("whoever lost the right to enter while the tenant woke does not enter", async () => {
  const anna = await home.house.join("anna", "viewer");
  home.manager.add({ id: "u1", state: "awake", people: ["anna"] });
  await until("anna's name to be known", async () => (await home.call("u1.localhost", "/.freehold/state", { headers: { cookie } })).status === 200);
  const pass = await until("anna's way in", () => home.enter("u1.localhost", anna).catch(() => undefined));
  home.manager.add({ id: "u1", state: "asleep", people: ["anna"], onWake: () => undefined });
  await until("the door to see it", async () => (await home.call("u1.localhost", "/.freehold/state", { headers: { cookie } })).json.state === "asleep");
  home.manager.asked.splice(0);
  home.servers["u1"]!.seen.splice(0);
  const late = home.call("u1.localhost", "/x", { headers: { cookie: pass } });
  await until("the waking", () => asked("awake") > 0);
  home.manager.tenants.get("u1")!.people = [];
  home.manager.turn("u1", "awake");
  expect((await late).status).toBe(403);
  expect(home.servers["u1"]!.seen).toEqual([]);
});

test("activity is told once in a while, not at each request, and never for a tenant that only its door was seen of", async () => {
  await given("awake");
  for (let index = 0; index < 20; index += 1) await home.call("u1.localhost", "/x", { headers: { cookie } });
  expect(asked("active u1")).toBeLessThanOrEqual(1);
  await home.call("u1.localhost", "/x");
  expect(asked("awake")).toBe(0);
});

test("a tenant that is up for the manager and gone for Caddy gets a page that comes back, and programs a 502", async () => {
  home.manager.add({ id: "gone", token: "token-of-gone" });
  home.manager.add({ id: "u1" });
  const program = await home.call("gone.localhost", "/x", { headers: { authorization: "Bearer token-of-gone" } });
  expect([program.status, program.json.code, program.headers["retry-after"]]).toEqual([502, "tenant.unreachable", "3"]);
  const person = await home.call("gone.localhost", "/x", { headers: { ...navigation, authorization: "Bearer token-of-gone" } });
  expect([person.status, person.headers["content-type"]]).toEqual([502, expect.stringContaining("text/html")]);
  expect(person.text).toContain("http-equiv");
}, 30_000);

test("while the manager is away, who was let in goes on; what was never known is refused", async () => {
  await given("awake");
  await home.manager.close();
  for (let index = 0; index < 3; index += 1) expect((await home.call("u1.localhost", "/x", { headers: { cookie } })).status).toBe(200);
  // Beyond the second for which an answer holds anyway.
  const began = Date.now();
  await until("two seconds", () => Date.now() - began > 2_000);
  expect((await home.call("u1.localhost", "/x", { headers: { cookie } })).status).toBe(200);
  expect((await home.call("u1.localhost", "/x")).status).toBe(401);
  const unknown = await home.call("u1.localhost", "/x", { headers: { host: `u9.localhost:${home.httpsPort}`, cookie } });
  expect([unknown.status, unknown.json.code]).toEqual([503, "upstream.away"]);
}, 30_000);
