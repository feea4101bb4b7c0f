import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Desire, TenantState } from "@freehold/kernel/api/tenant";
import { createDice, type Dice } from "../../../../tests/support/dice.ts";
import { killable, Killed, type Fuse } from "../testing/killable.ts";
import { TenantScene, totalMb } from "../testing/tenant-scene.ts";

const seeds = Number(process.env["FREEHOLD_TENANT_SEEDS"] ?? 12);
const steps = 40;
const ids = ["aa", "bb", "cc", "dd", "ee", "ff"];

const fuse: Fuse = { left: Number.POSITIVE_INFINITY, blown: 0 };
const scene = new TenantScene({ box: (box) => killable(box, fuse), store: (store) => killable(store, fuse) });
beforeAll(() => scene.open());
afterAll(() => scene.close());

const pick = <T>(dice: Dice, from: readonly T[]): T => from[dice(from.length)] as T;

/** One thing that people, visitors, Docker or the machine do. */
async function happen(dice: Dice): Promise<void> {
  const id = pick(dice, ids);
  const { tenants, box } = scene;
  const wishes: (() => Promise<unknown>)[] = [
    () => tenants.start(id, "fuzz"),
    () => tenants.start(id, "fuzz", "wake"),
    () => tenants.stop(id, "fuzz"),
    () => tenants.hibernate(id, "fuzz"),
    () => tenants.restart(id, "fuzz"),
    () => tenants.change(id, { memoryMb: pick(dice, [1_280, 1_536, 2_048]) }, "fuzz"),
    () => tenants.setImage(id, pick(dice, ["assistant:bad", "assistant:2", null]), "fuzz"),
    () => tenants.newToken(id, "fuzz"),
    () => tenants.remove(id, { graceDays: dice(2), backup: dice(2) === 0 }, "fuzz"),
    () => tenants.keep(id, "fuzz"),
    () => tenants.provision({ id }, "fuzz"),
    async () => {
      scene.box.folders.add(`.restore/${id}-1`);
      await scene.store.change(id, { set: { restoreFolder: `.restore/${id}-1` }, where: { restoreFolder: null, desired: "asleep" } });
    },
    async () => box.die(id, { oom: dice(2) === 0 }),
    async () => void box.containers.delete(id),
    async () => {
      if (scene.leases.take(id, 1_000 + dice(29_000)) !== undefined) await box.pause(id);
    },
    async () => void (box.away = !box.away),
    async () => void (scene.now += pick(dice, [1_000, 61_000, 1_900_000, 86_400_000])),
    async () => void box.containers.set("ghost", { ...box.get(id)!, id: "ghost", state: "exited" }),
  ];
  // What is refused, because there is no such tenant or nothing to pause, is no event.
  await pick(dice, wishes)().catch(() => undefined);
}

/** A round that may be cut off at any call; then a new manager starts on what is there. */
async function roundOrDeath(): Promise<void> {
  await scene.reconciler.round().catch((thrown: unknown) => {
    const code = (thrown as { code?: string }).code;
    if (!(thrown instanceof Killed) && code !== "docker.unavailable") throw thrown;
  });
  await scene.reconciler.settled();
  if (fuse.left > 0) return;
  fuse.left = Number.POSITIVE_INFINITY;
  await scene.manager();
}

const goal: Record<Desire, readonly TenantState[]> = {
  awake: ["awake", "waiting", "failed"],
  asleep: ["asleep"],
  stopped: ["stopped"],
  removed: ["removing", "removed"],
};

async function expectOrder(): Promise<void> {
  const rows = await scene.store.all();
  for (const row of rows) {
    expect(goal[row.desired]).toContain(row.state);
    expect(scene.box.get(row.id)?.state).toBe(row.state === "awake" ? "running" : undefined);
    expect(row.reservedMb).toBe(row.state === "awake" ? row.memoryMb : 0);
    if (row.state === "awake") expect(scene.box.get(row.id)?.generation).toBe(row.generation);
    expect(row.restoreFolder === null || row.desired === "removed").toBe(true);
  }
  const known = new Set(rows.map(({ id }) => id));
  expect([...scene.box.containers.keys()].filter((id) => !known.has(id))).toEqual([]);
  expect([...scene.box.homes.keys()].filter((id) => !known.has(id))).toEqual([]);
  expect([...scene.keys.live.values()].map(({ tenantId }) => tenantId).filter((id) => !known.has(id))).toEqual([]);
  expect(scene.box.mostMb).toBeLessThanOrEqual(totalMb);
}

test.each(Array.from({ length: seeds }, (_, index) => index + 1))(
  "[T17] with seed %i, whoever is killed and whatever dies, all tenants end as they were wished, none paused, no orphan, within the memory",
  async (seed) => {
    const dice = createDice(seed);
    await scene.clear();
    scene.keys.live.clear();
    scene.box.muteImages.add("assistant:bad");
    scene.box.startMs = 3_000;
    for (const id of ids) await scene.tenants.provision({ id }, "fuzz");
    for (let step = 0; step < steps; step++) {
      await happen(dice);
      if (dice(3) === 0) fuse.left = 1 + dice(12);
      await roundOrDeath();
      scene.now += 500;
    }
    fuse.left = Number.POSITIVE_INFINITY;
    scene.box.away = false;
    scene.box.muteImages.clear();
    await scene.manager();
    for (let calm = 0; calm < 12; calm++) {
      await scene.settle(20);
      scene.now += 15_000;
    }
    await scene.settle(20);
    await expectOrder();
  },
  60_000,
);

test("[T17] the manager really was killed at many of its steps", () => {
  expect(fuse.blown).toBeGreaterThan(seeds * 3);
});
