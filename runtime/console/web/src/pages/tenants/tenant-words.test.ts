import { tenantStates } from "@freehold/kernel/api/tenant";
import { expect, test } from "@jest/globals";
import { eventDetail, eventWords, formatMb, momentOf, namesIn, offersFor, ofLimit, originOf } from "./tenant-words.ts";

test("a tenant's address stands beside the console's", () => {
  expect(originOf("u1", { protocol: "https:", host: "console.home.example" })).toBe("https://u1.home.example");
  expect(originOf("u1", { protocol: "https:", host: "console.localhost:28443" })).toBe("https://u1.localhost:28443");
});

test("what is offered fits the state: nothing is woken that a person stopped, and what is removed can be kept", () => {
  const offers = Object.fromEntries(tenantStates.map((state) => [state, offersFor({ state, desired: "awake" }).join(" ")]));
  expect(offers).toEqual({
    provisioning: "hibernate restart stop",
    asleep: "wake stop",
    waiting: "hibernate restart stop",
    waking: "hibernate restart stop",
    awake: "hibernate restart stop",
    "falling-asleep": "wake stop",
    stopped: "start",
    failed: "restart stop",
    restoring: "hibernate restart stop",
    removing: "keep",
    removed: "",
  });
  expect(offersFor({ state: "awake", desired: "stopped" })).toEqual(["start"]);
  expect(offersFor({ state: "awake", desired: "removed" })).toEqual(["keep"]);
});

test("sizes, events, names and moments are read as people write them", () => {
  expect([formatMb(900), formatMb(1_280), formatMb(20_480), ofLimit(512, 1_280), ofLimit(null, 2_048)]).toEqual([
    "900 MB",
    "1.3 GB",
    "20 GB",
    "512 MB of 1.3 GB",
    "2.0 GB",
  ]);
  expect(eventWords({ kind: "fell-asleep" })).toBe("Fell asleep");
  expect(eventDetail({ detail: { from: "u1", at: null, limits: { a: 1 } } })).toBe('from: u1, limits: {"a":1}');
  expect(namesIn(" anna, bert\n\nanna ")).toEqual(["anna", "bert"]);
  expect(momentOf("2026-02-08T12:00Z")).toBe("2026-02-08T12:00:00.000Z");
  expect(momentOf("")).toBeUndefined();
});
