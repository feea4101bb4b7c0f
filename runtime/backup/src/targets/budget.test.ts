import { expect, test } from "@jest/globals";
import { budgetOf, plannedRequests, refusalOf, runsBetween, spent } from "./budget.ts";
import { classOf } from "./operations.ts";
import { targetSchema } from "./target-settings.ts";

const google = { storageBytes: 5e9, classA: 5_000, classB: 50_000 };
const offsite = (schedule: string) =>
  targetSchema.parse({ name: "offsite", repository: "gs:bucket:/home", emulatorUrl: "http://bucket:4443", schedule, limits: google });
const march = { from: Date.parse("2026-02-28T23:59:59Z"), until: Date.parse("2026-04-01T00:00:00Z") };
const counts = {
  month: "2026-03",
  a: 4_000,
  b: 10,
  free: 5,
  sentBytes: 1e9,
  receivedBytes: 0,
  runs: 10,
  runRequests: { a: 150, b: 90, free: 10 },
  storedBytes: 2e9,
  storedAt: 0,
};

test("runs are counted as cron has them", () => {
  expect(runsBetween("17 * * * *", march.from, march.until)).toBe(744);
  expect(runsBetween("0 3 * * *", march.from, march.until)).toBe(31);
  expect(runsBetween("47 4 * * 0", march.from, march.until)).toBe(5);
});

test("a daily schedule is free at Google's, an hourly one is refused with the reason", () => {
  expect(refusalOf(offsite("0 3 * * *"))).toBeUndefined();
  expect(refusalOf(offsite("17 * * * *"))).toMatch(/target offsite ask for about \d{4} class A operations a month; 5000 are free/);
});

test("what others use of the same requests counts, too", () => {
  const s3 = { repository: "s3:https://s3.example/bucket/home", region: "x", accessKeyFile: "/k", secretKeyFile: "/k", limits: { requests: 50_000 } };
  expect(refusalOf(targetSchema.parse({ name: "hourly", ...s3, reserved: { requests: 26_784 } }))).toBeUndefined();
  expect(refusalOf(targetSchema.parse({ name: "hourly", ...s3, reserved: { requests: 45_000 } }))).toMatch(/45000 of them reserved/);
});

test("a month of hourly snapshots and the archive beside them leaves a quarter of Oracle's free requests; a check after each would not", () => {
  const s3 = { repository: "s3:https://s3.example/bucket/home", region: "x", accessKeyFile: "/k", secretKeyFile: "/k" };
  const archive = 8_928 * 3 + 31 * 32;
  const month = (checkHours: number) => {
    const { a, b, free } = plannedRequests(targetSchema.parse({ name: "hourly", checkHours, ...s3 }), march.from, march.until, { storedBytes: 2e9 });
    return a + b + free + archive;
  };
  expect(month(6)).toBeLessThanOrEqual(0.75 * 50_000);
  expect(month(0)).toBe(month(6) + (744 - 125) * 4);
});

test("a thirtieth of the packs is read each day, in a folder for nothing", () => {
  const daily = (repository: string, storedBytes: number) =>
    plannedRequests({ ...offsite("0 3 * * *"), repository }, march.from, march.until, { storedBytes }).b -
    plannedRequests({ ...offsite("0 3 * * *"), repository }, march.from, march.until, { storedBytes: 0 }).b;
  expect(daily("gs:bucket:/home", 30 * 16 * 2 ** 20)).toBe(32);
  expect(daily("/folder", 30 * 16 * 2 ** 20)).toBe(0);
});

test("the forecast goes on with what the month's own runs took, and what is used up is named", () => {
  const lines = budgetOf(offsite("0 3 * * *"), counts, Date.parse("2026-03-16T00:00:00Z"));
  const classA = lines.find(({ what }) => what === "classA");
  expect(classA).toMatchObject({ used: 4_000, limit: 5_000 });
  expect(classA?.forecast).toBeGreaterThan(4_000 + 16 * 15);
  expect(lines.find(({ what }) => what === "storageBytes")?.forecast).toBeGreaterThan(2.9e9);
  expect(spent(lines)).toBeUndefined();
  expect(spent(budgetOf(offsite("0 3 * * *"), { ...counts, a: 5_000 }, Date.parse("2026-03-16T00:00:00Z")))).toMatchObject({ what: "classA" });
});

test.each([
  ["gs", "POST", "/upload/storage/v1/b/bucket/o?uploadType=multipart", "a"],
  ["gs", "GET", "/storage/v1/b/bucket/o?prefix=home%2Fkeys", "a"],
  ["gs", "GET", "/storage/v1/b/bucket/o/home%2Fconfig?alt=media", "b"],
  ["gs", "GET", "/download/storage/v1/b/bucket/o/home", "b"],
  ["gs", "DELETE", "/storage/v1/b/bucket/o/home%2Flocks%2Fx", "free"],
  ["s3", "PUT", "/bucket/home/data/aa/x", "a"],
  ["s3", "GET", "/bucket/?list-type=2&prefix=home", "a"],
  ["s3", "HEAD", "/bucket/home/config", "b"],
  ["s3", "DELETE", "/bucket/home/locks/x", "free"],
] as const)("%s %s %s is of class %s", (kind, method, path, expected) => {
  expect(classOf(kind, method, path)).toBe(expected);
});
