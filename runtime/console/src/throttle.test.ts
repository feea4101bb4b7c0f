import { expect, test } from "@jest/globals";
import { addressKey, inWords, waitMs } from "./throttle.ts";

test("an IPv4 address counts whole, also when it comes mapped into IPv6", () => {
  expect(addressKey("203.0.113.7")).toBe("203.0.113.7");
  expect(addressKey("::ffff:203.0.113.7")).toBe("203.0.113.7");
  expect(addressKey(undefined)).toBe("unknown");
});

test.each([
  ["2001:db8:1:2:aaaa:bbbb:cccc:dddd", "2001:db8:1:2::/64"],
  ["2001:0DB8:0001:0002::1", "2001:db8:1:2::/64"],
  ["2001:db8::5", "2001:db8:0:0::/64"],
  ["fe80::1%eth0", "fe80:0:0:0::/64"],
  ["::1", "0:0:0:0::/64"],
])("all addresses of a /64 count as one: %s", (address, key) => {
  expect(addressKey(address)).toBe(key);
});

test("one may try a burst at once, and then waits until an interval has passed since it was used up", () => {
  const limit = { burst: 3, intervalMs: 1_000 };
  expect(waitMs(limit, 0, 10_000)).toBe(0);
  expect(waitMs(limit, 12_000, 10_000)).toBe(0);
  expect(waitMs(limit, 13_000, 10_000)).toBe(1_000);
});

test("waits are said in words", () => {
  expect([1, 1_000, 40_000, 60_000, 90_000, 119_000, 300_000].map(inWords)).toEqual([
    "1 second",
    "1 second",
    "40 seconds",
    "60 seconds",
    "2 minutes",
    "2 minutes",
    "5 minutes",
  ]);
});
