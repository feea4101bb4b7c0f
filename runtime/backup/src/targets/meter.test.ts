import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { silentLog } from "@freehold/kernel/log";
import { Meter } from "./meter.ts";

let folder: string;
let now = 0;
const open = () => Meter.open({ own: join(folder, "main.json"), beside: join(folder, "main.by-hand.json") }, { now: () => now }, silentLog);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "meter-"));
  now = Date.parse("2026-03-31T23:00:00Z");
});
afterEach(() => rm(folder, { recursive: true }));

test("counts outlive the process, a new month begins at nothing, and what is stored stays", async () => {
  const meter = await open();
  const before = { ...meter.counts };
  meter.count("a", 100, 0);
  meter.count("b", 0, 7);
  await meter.countRun(before, 80);
  const again = await open();
  expect(again.counts).toMatchObject({ a: 1, b: 1, sentBytes: 100, receivedBytes: 7, runs: 1, runRequests: { a: 1, b: 1, free: 0 }, storedBytes: 80 });
  now += 2 * 3_600_000;
  expect(again.counts).toMatchObject({ month: "2026-04", a: 0, runs: 0, storedBytes: 80 });
});

test("a clock that was put back keeps what was counted", async () => {
  const meter = await open();
  meter.count("a", 0, 0);
  now = Date.parse("2026-02-01T00:00:00Z");
  expect(meter.counts).toMatchObject({ month: "2026-02", a: 1 });
});

test("a file that can't be read begins anew", async () => {
  await writeFile(join(folder, "main.json"), "{");
  expect((await open()).counts).toMatchObject({ a: 0 });
});

test("what a restore by hand asks for beside the service is counted along, and neither process writes over the other's counts", async () => {
  const service = await open();
  const byHand = await Meter.open({ own: join(folder, "main.by-hand.json") }, { now: () => now }, silentLog);
  service.count("a", 10, 0);
  byHand.count("b", 0, 500);
  byHand.count("a", 1, 0);
  await byHand.flush();
  await service.flush();
  const expected = { a: 2, b: 1, sentBytes: 11, receivedBytes: 500 };
  expect(service.counts).toMatchObject(expected);
  service.count("a", 0, 0);
  await byHand.flush();
  await service.flush();
  expect((await open()).counts).toMatchObject({ ...expected, a: 3 });
  now += 2 * 3_600_000;
  expect(service.counts).toMatchObject({ a: 0, b: 0 });
});
