import { expect, test } from "@jest/globals";
import { silentLog } from "@freehold/kernel/log";
import type { BoxState } from "../box/tenant-box.ts";
import { Freezer } from "./freezer.ts";
import { Leases } from "./leases.ts";

const state = (id: string): BoxState => ({ id, generation: 1, state: "running", exitCode: null, oomKilled: false, startedAt: "2026-11-22T00:00:00Z" });

test("while a tenant stands still no other one is looked at, however many there are", async () => {
  const clock = { at: 0, now: () => clock.at };
  const told: string[] = [];
  const box = {
    list: async () => (told.push("list"), [state("ada"), state("bob")]),
    pause: async (id: string) => void told.push(`pause ${id}`),
    unpause: async (id: string) => void told.push(`unpause ${id}`),
  };
  const freezer = new Freezer({ box, leases: new Leases(clock), clock, log: silentLog, isBusy: () => false, wake: () => void told.push("wake") });
  const { lease, frozen } = await freezer.freeze("ada", 5_000);
  clock.at = 120;
  expect([frozen, await freezer.thaw("ada", lease)]).toEqual([true, 120]);
  expect(told).toEqual(["list", "pause ada", "unpause ada", "wake"]);
  freezer.stop();
});
