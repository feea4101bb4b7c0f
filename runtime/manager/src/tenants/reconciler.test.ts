import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { TenantScene, totalMb } from "../testing/tenant-scene.ts";

const scene = new TenantScene();
beforeAll(() => scene.open());
beforeEach(() => scene.clear());
afterAll(() => scene.close());

const stateOf = async (id: string) => (await scene.row(id)).state;

test("[T1] a tenant that is made gets its home, its key and its network, and sleeps", async () => {
  const { tenant, token } = await scene.tenants.provision({ id: "anna", people: ["anna"] }, "owner");
  expect(tenant).toMatchObject({ state: "provisioning", memoryMb: 1_280, idleMinutes: 30, image: "assistant:1" });
  expect(token).toMatch(/^fhtenant_/);
  await scene.settle();
  expect(await scene.row("anna")).toMatchObject({ state: "asleep", subnetIndex: 0, reservedMb: 0, problemCode: null });
  expect([...scene.keys.live.values()].filter(({ tenantId }) => tenantId === "anna")).toHaveLength(1);
  expect(scene.box.homes.has("anna")).toBe(true);
  expect(scene.box.plans.get("anna")).toMatchObject({ subnet: "10.214.0.0/28", env: { OPENCLAW_GATEWAY_TOKEN: token } });
});

test("[T1] the same wish again changes nothing and shows no token; another wish for the same name is refused", async () => {
  await scene.tenants.provision({ id: "anna", cpus: 1 }, "owner");
  expect(await scene.tenants.provision({ id: "anna" }, "owner")).toMatchObject({ token: null, tenant: { cpus: 1 } });
  await expect(scene.tenants.provision({ id: "anna", cpus: 2 }, "owner")).rejects.toMatchObject({ code: "tenant.exists" });
});

test("[T2] it wakes when it is wanted, is awake when it answers, and gives its memory back when it sleeps", async () => {
  scene.box.startMs = 12_000;
  await scene.awake("anna");
  expect(await scene.row("anna")).toMatchObject({ state: "waking", reservedMb: 1_280 });
  await scene.pass(13);
  expect(await stateOf("anna")).toBe("awake");
  scene.box.startMs = 0;
  await scene.tenants.hibernate("anna", "owner");
  await scene.settle();
  expect(await scene.row("anna")).toMatchObject({ state: "asleep", reservedMb: 0 });
  expect(scene.box.containers.size).toBe(0);
});

test("[T2] one that starts is asked every now and then, and not without a pause, whether it is ready", async () => {
  scene.box.startMs = 12_000;
  await scene.awake("anna");
  scene.hurried.length = 0;
  await scene.pass(10);
  expect(scene.hurried).toEqual([]);
  await scene.pass(3);
  expect([await stateOf("anna"), scene.hurried]).toEqual(["awake", ["anna"]]);
});

test("[T5] those that find no memory wait in their order, and the longest idle makes place", async () => {
  for (const id of ["aa", "bb", "cc"]) {
    await scene.awake(id);
    scene.now += 70_000;
  }
  await scene.awake("dd");
  expect([await stateOf("aa"), await stateOf("bb"), await stateOf("cc"), await stateOf("dd")]).toEqual(["asleep", "awake", "awake", "awake"]);
  expect(scene.box.mostMb).toBeLessThanOrEqual(totalMb);
  scene.now += 1_000;
  for (const id of ["bb", "cc", "dd"]) await scene.tenants.start(id, "test");
  await scene.tenants.start("aa", "test");
  await scene.settle();
  expect(await stateOf("aa")).toBe("waiting");
  scene.now += 61_000;
  await scene.settle();
  expect(await stateOf("aa")).toBe("awake");
});

test("[T5] one that asked a model a moment ago is not put to sleep for another: the next idle one is", async () => {
  for (const id of ["aa", "bb", "cc"]) {
    await scene.awake(id);
    scene.now += 70_000;
  }
  const { keyId } = await scene.row("aa");
  scene.keys.calls.set(keyId ?? "", scene.now - 5_000);
  await scene.awake("dd");
  expect([await stateOf("aa"), await stateOf("bb"), await stateOf("cc"), await stateOf("dd")]).toEqual(["awake", "asleep", "awake", "awake"]);
});

test("[T18] of those that are wanted at once only as many start as may, and the next when one of them is ready, in the order of their waiting", async () => {
  scene.startsAtOnce = 1;
  await scene.manager();
  scene.box.startMs = 20_000;
  const all = ["aa", "bb", "cc"];
  for (const id of all) await scene.tenants.provision({ id }, "test");
  await scene.settle();
  for (const id of all.toReversed()) {
    await scene.tenants.start(id, "test");
    await scene.pass(1);
  }
  const states = () => Promise.all(all.map(stateOf));
  expect(await states()).toEqual(["waiting", "waiting", "waking"]);
  await scene.pass(22);
  expect(await states()).toEqual(["waiting", "waking", "awake"]);
  // Another manager goes on with the same bound.
  await scene.manager();
  await scene.pass(22);
  expect(await states()).toEqual(["waking", "awake", "awake"]);
  await scene.pass(22);
  expect(await states()).toEqual(["awake", "awake", "awake"]);
});

test("[T6] one that dies is started again after a while, and after five deaths in ten minutes it has failed, with the cause", async () => {
  await scene.awake("anna");
  for (let death = 1; death < 5; death++) {
    scene.box.die("anna", { oom: true });
    await scene.settle();
    expect(await scene.row("anna")).toMatchObject({ state: "waiting", problemCode: "tenant.out-of-memory", reservedMb: 0 });
    await scene.pass(2 ** (death - 1));
    await scene.settle();
    expect(await stateOf("anna")).toBe("awake");
  }
  scene.box.die("anna", { oom: true });
  await scene.settle();
  expect(await scene.row("anna")).toMatchObject({ state: "failed", problemCode: "tenant.out-of-memory", reservedMb: 0 });
  expect(scene.box.containers.size).toBe(0);
  await scene.tenants.start("anna", "owner");
  await scene.settle();
  expect(await scene.row("anna")).toMatchObject({ state: "awake", problemCode: null });
});

test("[T6] a container that somebody removed, as when the home is taken down, is made again and is no death", async () => {
  await scene.awake("anna");
  for (let time = 0; time < 6; time++) {
    scene.box.containers.delete("anna");
    await scene.settle(10);
    expect(await scene.row("anna")).toMatchObject({ state: "awake", deaths: [], problemCode: null });
  }
});

test("[T7] a removed one is stopped and backed up, kept for its days, and then erased with its key", async () => {
  await scene.awake("anna");
  await scene.tenants.remove("anna", { graceDays: 7, backup: true }, "owner");
  await scene.settle();
  expect(await stateOf("anna")).toBe("removing");
  expect(scene.backedUp).toEqual(["anna"]);
  expect(scene.box.containers.size).toBe(0);
  await scene.tenants.keep("anna", "owner");
  await scene.settle();
  expect(await stateOf("anna")).toBe("asleep");
  await scene.tenants.remove("anna", { graceDays: 7, backup: true }, "owner");
  await scene.settle();
  scene.now += 7 * 24 * 3_600_000;
  await scene.settle();
  expect(await stateOf("anna")).toBe("removed");
  expect(scene.box.homes.has("anna")).toBe(false);
  expect([...scene.keys.live.values()].some(({ tenantId }) => tenantId === "anna")).toBe(false);
  expect((await scene.tenants.provision({ id: "anna", cpus: 2 }, "owner")).token).toMatch(/^fhtenant_/);
});

test("[T7] one that is removed before its home was made has nothing to save and is erased; kept before that, it is made", async () => {
  scene.keys.away = true;
  for (const id of ["anna", "bert"]) {
    await scene.tenants.provision({ id }, "owner");
    await scene.pass(1);
    await scene.tenants.remove(id, { graceDays: 1, backup: true }, "owner");
  }
  await scene.settle();
  expect(await scene.row("anna")).toMatchObject({ state: "removing", finalBackup: "none", problemCode: null });
  scene.keys.away = false;
  await scene.tenants.keep("bert", "owner");
  await scene.settle();
  expect(await scene.row("bert")).toMatchObject({ state: "asleep" });
  expect(scene.box.homes.has("bert")).toBe(true);
  expect([...scene.keys.live.values()].filter(({ tenantId }) => tenantId === "bert")).toHaveLength(1);
  scene.now += 86_400_000;
  await scene.settle();
  expect(await stateOf("anna")).toBe("removed");
});

test("[T7] where a home was made and is not found, a wanted last backup is waited for", async () => {
  await scene.awake("anna");
  scene.box.homes.delete("anna");
  await scene.tenants.remove("anna", { graceDays: 0, backup: true }, "owner");
  await scene.pass(10);
  expect(await scene.row("anna")).toMatchObject({ state: "removing", finalBackup: "wanted", problemCode: "backup.unknown-tenant" });
});

test.each([
  ["does not exist", "missingImages"],
  ["never answers", "muteImages"],
  ["ends at once", "brokenImages"],
] as const)("[T8] an image that %s is taken back", async (_what, kind) => {
  await scene.awake("anna");
  scene.box[kind].add("assistant:bad");
  await scene.tenants.setImage("anna", "assistant:bad", "owner");
  await scene.settle(5);
  await scene.pass(185);
  expect(await scene.row("anna")).toMatchObject({ state: "awake", image: "assistant:1", problemCode: "tenant.image-rolled-back" });
  scene.box[kind].clear();
});

test("[T9] a restored home takes the place of the old one, with a new text of its key", async () => {
  await scene.awake("anna");
  const before = await scene.row("anna");
  scene.box.folders.add(".restore/anna-1");
  await scene.store.change("anna", { set: { restoreFolder: ".restore/anna-1" } });
  await scene.settle();
  const after = await scene.row("anna");
  expect(after).toMatchObject({ state: "awake", restoreFolder: null, keyId: before.keyId });
  expect(after.keySealed).not.toBe(before.keySealed);
  expect(scene.box.homes.get("anna")).toBe(".restore/anna-1");
});

test("[T10] a container that nobody knows is removed, and one that is paused without a lease goes on", async () => {
  await scene.awake("anna");
  scene.box.containers.set("ghost", { ...scene.box.get("anna")!, id: "ghost" });
  await scene.box.pause("anna");
  await scene.settle();
  expect([...scene.box.containers.values()].map(({ id, state }) => [id, state])).toEqual([["anna", "running"]]);
});

test("[T11] with the engine away nothing is changed, and nobody is blamed", async () => {
  await scene.awake("anna");
  const before = await scene.row("anna");
  scene.box.away = true;
  await expect(scene.reconciler.round()).rejects.toMatchObject({ code: "docker.unavailable" });
  scene.box.away = false;
  expect(await scene.row("anna")).toEqual(before);
});

test("[T11] while the gateway is away a new tenant waits for its key; that counts as no death of its assistant", async () => {
  scene.keys.away = true;
  await scene.tenants.provision({ id: "anna" }, "owner");
  await scene.pass(40);
  expect(await scene.row("anna")).toMatchObject({ state: "provisioning", problemCode: "gateway.away" });
  scene.keys.away = false;
  await scene.pass(60);
  expect(await scene.row("anna")).toMatchObject({ state: "asleep", problemCode: null, deaths: [] });
});

test("[T12] what a manager writes after another one took over is refused", async () => {
  await scene.awake("anna");
  const old = scene.reconciler;
  await scene.manager();
  await scene.tenants.stop("anna", "owner");
  await old.round();
  await old.settled();
  expect(await stateOf("anna")).toBe("awake");
});

test("a clock that was put back delays nothing", async () => {
  await scene.awake("anna");
  scene.box.die("anna");
  await scene.settle();
  scene.now -= 86_400_000;
  await scene.settle();
  expect(await stateOf("anna")).toBe("awake");
});

test("a larger one is restarted, with its memory promised anew", async () => {
  await scene.awake("anna");
  await scene.tenants.change("anna", { memoryMb: 2_048, budget: { dailyUsd: 3, monthlyUsd: null } }, "owner");
  await scene.settle();
  expect(await scene.row("anna")).toMatchObject({ state: "awake", reservedMb: 2_048, keyStale: false });
  expect([...scene.keys.live.values()].find(({ tenantId }) => tenantId === "anna")?.budget.dailyUsd).toBe(3);
  await expect(scene.tenants.change("anna", { memoryMb: 5_000 }, "owner")).rejects.toMatchObject({ code: "tenant.too-large" });
});
