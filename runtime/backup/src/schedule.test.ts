import { afterEach, expect, jest, test } from "@jest/globals";
import { silentLog } from "@freehold/kernel/log";
import { backupError } from "./errors.ts";
import { Schedule } from "./schedule.ts";

afterEach(() => void jest.useRealTimers());

const scheduleOf = (work: () => Promise<unknown>, pattern = "17 * * * *") => new Schedule({ pattern, work, log: silentLog });
const atTime = (text: string) => jest.useFakeTimers({ now: Date.parse(text) });

test("work is done when it is due, in UTC", async () => {
  atTime("2026-11-21T10:16:58Z");
  let done = 0;
  const schedule = scheduleOf(async () => void (done += 1));
  expect(schedule.lastDueAt?.toISOString()).toBe("2026-11-21T09:17:00.000Z");
  schedule.start();
  expect(schedule.nextRunAt?.toISOString()).toBe("2026-11-21T10:17:00.000Z");
  await jest.advanceTimersByTimeAsync(3_000);
  expect(done).toBe(1);
  await jest.advanceTimersByTimeAsync(3_600_000);
  expect(done).toBe(2);
  schedule.stop();
});

test("work that failed for a passing reason is tried again after 1, then 2 minutes, and then as scheduled", async () => {
  atTime("2026-11-21T10:20:00Z");
  const failures = [backupError("backup.bucket-away", "gone"), backupError("backup.bucket-away", "gone")];
  const doneAt: string[] = [];
  const schedule = scheduleOf(async () => {
    const failure = failures.shift();
    if (failure !== undefined) throw failure;
    doneAt.push(new Date().toISOString().slice(11, 16));
  });
  await schedule.runNow();
  await jest.advanceTimersByTimeAsync(60_000 + 120_000);
  expect(doneAt).toEqual(["10:23"]);
  await jest.advanceTimersByTimeAsync(1_800_000);
  expect(doneAt).toEqual(["10:23"]);
  schedule.stop();
});

test("work that can't succeed without the owner waits for its next time", async () => {
  atTime("2026-11-21T10:20:00Z");
  let tried = 0;
  const schedule = scheduleOf(async () => {
    tried += 1;
    throw backupError("backup.wrong-key", "wrong");
  });
  await schedule.runNow();
  await jest.advanceTimersByTimeAsync(1_800_000);
  expect(tried).toBe(1);
  schedule.stop();
});

test("a schedule that was stopped does nothing more", async () => {
  atTime("2026-11-21T10:20:00Z");
  let tried = 0;
  const schedule = scheduleOf(async () => {
    tried += 1;
    throw backupError("backup.bucket-away", "gone");
  });
  schedule.start();
  await schedule.runNow();
  schedule.stop();
  await jest.advanceTimersByTimeAsync(7_200_000);
  expect(tried).toBe(1);
});
