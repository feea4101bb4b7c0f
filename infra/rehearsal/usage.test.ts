import { expect, test } from "@jest/globals";
import { storageHost } from "./site.ts";
import { usage } from "./usage.ts";

const google = (method: string, uri: string) => ({ method, uri, host: "storage.googleapis.com" });

test("writes and lists are Google's class A, reads its class B, and deletes are free", () => {
  const requests = [
    google("POST", "/upload/storage/v1/b/daily/o?uploadType=media"),
    google("GET", "/storage/v1/b/daily/o?prefix=home"),
    google("GET", "/storage/v1/b/daily/o/home%2Fconfig?alt=media"),
    google("GET", "/daily/home/config"),
    google("DELETE", "/storage/v1/b/daily/o/home%2Flocks%2F1"),
  ];
  const used = Object.fromEntries(usage(requests, { hourly: 0, daily: 0 }).map((row) => [row.what, row.used]));
  expect(used["Google, daily bucket: class A (writes, lists)"]).toBe(2);
  expect(used["Google, daily bucket: class B (reads)"]).toBe(2);
});

test("every request to Oracle counts, and only those", () => {
  const requests = [{ method: "DELETE", uri: "/hourly/home/lock", host: storageHost }, google("GET", "/daily/home/config")];
  const [stored, asked] = usage(requests, { hourly: 21_000, daily: 0 });
  expect([stored?.used, asked?.used]).toEqual([21_000, 1]);
});
