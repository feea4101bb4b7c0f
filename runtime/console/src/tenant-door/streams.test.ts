import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { WebSocket } from "undici";
import { startTenantHome, type TenantHome } from "../../../../tests/support/tenant-home.ts";
import { until } from "../../../../tests/support/until.ts";

/** How many tenants come and go while streams are open; `TENANTS_COME_AND_GO=1000` for the whole promise. */
const comers = Number(process.env["TENANTS_COME_AND_GO"] ?? 200);
const names = Array.from({ length: 50 }, (_, index) => `t${index}x`);

let home: TenantHome;
let cookie: string;
let owner: string;
beforeAll(async () => {
  home = await startTenantHome({ ids: ["u1", "u2"], crowd: names });
  home.manager.add({ id: "u1" });
  home.manager.add({ id: "u2", people: ["anna"] });
  owner = await home.house.signIn();
  cookie = await home.enter("u1.localhost", owner);
}, 120_000);
afterAll(() => home.close());

interface Line {
  socket: WebSocket;
  said: string[];
  isOpen: boolean;
}

async function line(host: string, headers: Record<string, string>): Promise<Line> {
  const socket = home.socket(host, "/ws", headers);
  const held: Line = { socket, said: [], isOpen: false };
  socket.addEventListener("message", ({ data }) => void held.said.push(String(data)));
  socket.addEventListener("close", () => (held.isOpen = false));
  await new Promise((resolve, reject) => {
    socket.addEventListener("open", resolve);
    socket.addEventListener("error", () => reject(new Error(`No WebSocket at ${host}.`)));
  });
  held.isOpen = true;
  return held;
}
const echoes = async ({ socket, said }: Line, text: string) => {
  socket.send(text);
  await until(`the echo of ${text}`, () => said.includes(text));
};
const byToken = (id: string) => ({ authorization: `Bearer token-of-${id}` });

test(
  `a hundred WebSockets and an event stream stay open, and no request is dropped, while ${comers} other tenants come and go`,
  async () => {
    const lines = await Promise.all(Array.from({ length: 100 }, () => line("u1.localhost", { cookie, origin: home.originOf("u1.localhost") })));
    const events = await home.open("u1.localhost", "/events", { accept: "text/event-stream", cookie });
    await events.chunks.next();
    const statuses = new Map<number, number>();
    const over = new AbortController();
    const ask = async () => {
      while (!over.signal.aborted) {
        const { status } = await home.call("u1.localhost", "/x", { headers: { cookie } });
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }
    };
    const asking = [ask(), ask()];
    for (let index = 0; index < comers; index += 1) {
      const id = names[index % names.length]!;
      home.manager.add({ id });
      expect((await home.call(`${id}.localhost`, "/", { headers: byToken(id) })).text).toContain("crowd");
      home.manager.tenants.delete(id);
      if (index % 50 === 49) await echoes(lines[Math.floor(index / 50) % lines.length]!, `round ${index}`);
    }
    over.abort();
    await Promise.all(asking);
    expect([...statuses.keys()]).toEqual([200]);
    for (const [index, held] of lines.entries()) await echoes(held, `still ${index}`);
    home.servers["u1"]!.emit("still here");
    expect((await events.chunks.next()).value).toContain("still here");
    expect(lines.every(({ isOpen }) => isOpen)).toBe(true);
    events.leave();
    for (const { socket } of lines) socket.close();
  },
  60_000 + comers * 1_000,
);

test("an event comes through at once, each by itself", async () => {
  const events = await home.open("u1.localhost", "/events", { accept: "text/event-stream", cookie });
  await events.chunks.next();
  for (const text of ["one", "two", "three"]) {
    home.servers["u1"]!.emit(text);
    expect((await events.chunks.next()).value).toBe(`data: ${text}\n\n`);
  }
  events.leave();
  await until("the tenant to see it go", () => home.servers["u1"]!.listeners() === 0);
});

test("a tenant with open streams is reported as in use although nobody asks anything, with how many are open", async () => {
  const lines = await Promise.all([1, 2, 3].map(() => line("u2.localhost", byToken("u2"))));
  await until("the report", () => home.manager.asked.includes("active u2 3"), { timeoutMs: 50_000 });
  for (const { socket } of lines) socket.close();
  await until("the metric to fall", async () => /console_tenant_streams_open 0/.test((await home.house.call("GET", "/metrics")).text));
}, 60_000);

const cut = (held: Line) => until("the stream to be cut", () => !held.isOpen, { timeoutMs: 10_000 });

test("an open stream is cut when its person is named no more, its session ends, its token changes or its tenant goes", async () => {
  const anna = await home.house.join("anna", "viewer");
  const origin = home.originOf("u2.localhost");
  const pass = await home.enter("u2.localhost", anna);
  const named = await line("u2.localhost", { cookie: pass, origin });
  home.manager.add({ id: "u2", people: [] });
  await cut(named);

  home.manager.add({ id: "u2", people: ["anna"] });
  const signedIn = await until("anna to be let in again", () => line("u2.localhost", { cookie: pass, origin }).catch(() => undefined));
  const ofToken = await line("u2.localhost", byToken("u2"));
  await home.call("console.localhost", "/api/session", { method: "DELETE", headers: { cookie: anna, origin: home.consoleOrigin } });
  await cut(signedIn);
  await echoes(ofToken, "others go on");

  home.manager.add({ id: "u2", token: "another" });
  await cut(ofToken);
  const ofOwner = await line("u2.localhost", { cookie: await home.enter("u2.localhost", owner), origin });
  home.manager.tenants.delete("u2");
  await cut(ofOwner);
}, 60_000);

test("streams stay open while the database or the manager can't be asked", async () => {
  const held = await line("u1.localhost", { cookie, origin: home.originOf("u1.localhost") });
  await home.house.pool.query("alter table tenant_passes rename to tenant_passes_away");
  const rechecks = Date.now() + 5_000;
  await until("some rechecks", () => Date.now() > rechecks);
  await echoes(held, "through it");
  await home.house.pool.query("alter table tenant_passes_away rename to tenant_passes");
  held.socket.close();
}, 30_000);
