import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { TenantScene } from "../testing/tenant-scene.ts";

const scene = new TenantScene();
beforeAll(() => scene.open());
beforeEach(() => scene.clear());
afterAll(() => scene.close());

const stateOf = async (id: string) => (await scene.row(id)).state;

test("[T3] one that nobody uses falls asleep after its minutes, unless it is at work", async () => {
  await scene.awake("anna", { idleMinutes: 1 });
  const { keyId } = await scene.row("anna");
  scene.box.cpu.set("anna", 40);
  await scene.pass(61);
  scene.box.cpu.set("anna", 0.5);
  expect(await stateOf("anna")).toBe("awake");
  scene.keys.calls.set(keyId ?? "", scene.now + 30_000);
  await scene.pass(61);
  expect(await stateOf("anna")).toBe("awake");
  await scene.pass(125);
  await scene.settle();
  expect(await stateOf("anna")).toBe("asleep");
});

test("[T3] one that was at work when its minutes were over is looked at again soon after, so that a task each half hour does not keep it awake", async () => {
  await scene.awake("anna", { idleMinutes: 30 });
  const { keyId } = await scene.row("anna");
  scene.now += 30 * 60_000;
  scene.keys.calls.set(keyId ?? "", scene.now - 5_000);
  await scene.pass(1);
  expect(await stateOf("anna")).toBe("awake");
  await scene.pass(122);
  await scene.settle();
  expect(await stateOf("anna")).toBe("asleep");
});

test("[T3] one with 0 idle minutes never falls asleep by itself", async () => {
  await scene.awake("anna", { idleMinutes: 0 });
  scene.now += 100 * 24 * 3_600_000;
  await scene.settle();
  expect(await stateOf("anna")).toBe("awake");
});

test("[T4] a sleeper is woken before its assistant's schedule is due", async () => {
  await scene.awake("anna");
  scene.box.dueAt = scene.now + 3_600_000;
  await scene.tenants.hibernate("anna", "owner");
  await scene.settle();
  expect(await scene.row("anna")).toMatchObject({ state: "asleep", dueAt: new Date(scene.box.dueAt) });
  scene.now += 3_500_000;
  await scene.settle();
  expect(await stateOf("anna")).toBe("asleep");
  scene.now += 45_000;
  await scene.settle();
  expect(await stateOf("anna")).toBe("awake");
});
