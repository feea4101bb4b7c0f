import { expect, test } from "@jest/globals";
import type { VirtualKey } from "../../api/models-types.ts";
import { describeRules, draftOf, wishOf } from "./key-draft.ts";

const now = Date.parse("2026-11-21T12:00:00Z");
const known: VirtualKey = {
  id: "1",
  name: "laptop",
  jobId: null,
  createdAt: "2026-11-01T00:00:00Z",
  expiresAt: "2026-12-01T00:00:00Z",
  revokedAt: null,
  limits: { requestsPerMinute: 60 },
  budget: { dayUsd: 5, warnPercent: 80 },
  models: ["claude-*"],
  providers: null,
};

test("a new key asks for nothing but its name unless a field says more", () => {
  expect(wishOf({ ...draftOf(), name: "  laptop " }, now, true)).toEqual({ name: "laptop" });
});

test("a new key's fields become limits, a budget, scopes and an end", () => {
  const draft = { ...draftOf(), name: "a", expiry: "7", monthUsd: "12.5", models: "claude-haiku-*  claude-sonnet-5-5,", providers: ["anthropic"] };
  draft.limits = { ...draft.limits, concurrent: "4" };
  expect(wishOf(draft, now, true)).toEqual({
    name: "a",
    expiresAt: "2026-11-28T12:00:00.000Z",
    limits: { concurrent: 4 },
    budget: { monthUsd: 12.5 },
    models: ["claude-haiku-*", "claude-sonnet-5-5"],
    providers: ["anthropic"],
  });
});

test("a known key's form, sent as it stands, leaves everything as it was", () => {
  const { name, limits, budget, models, providers } = known;
  expect(wishOf(draftOf(known), now, false)).toEqual({ name, limits, budget, models, providers, keepBodies: null });
});

test("an emptied field of a known key takes its restriction away, and its end can be taken away too", () => {
  const draft = { ...draftOf(known), dayUsd: "", models: "", expiry: "" };
  draft.limits = { ...draft.limits, requestsPerMinute: "" };
  expect(wishOf(draft, now, false)).toEqual({ name: "laptop", expiresAt: null, limits: null, budget: null, models: null, providers: null, keepBodies: null });
});

test("what is sent is kept only where that is asked for, which can be taken back", () => {
  expect(wishOf({ ...draftOf(), name: "a", keepBodies: true }, now, true)).toEqual({ name: "a", keepBodies: true });
  expect(wishOf(draftOf({ ...known, keepBodies: true }), now, false)).toMatchObject({ keepBodies: true });
  expect(wishOf({ ...draftOf({ ...known, keepBodies: true }), keepBodies: false }, now, false)).toMatchObject({ keepBodies: null });
  expect(describeRules({ keepBodies: true })).toEqual(["keeps what is sent"]);
});

test("what a key may not do is said in a few words", () => {
  expect(describeRules({})).toEqual([]);
  expect(describeRules({ ...known, limits: { inputTokensPerMinute: 200_000 }, providers: ["anthropic", "bridge"] })).toEqual([
    "$5 a day",
    "200K input tokens/min",
    "only claude-*",
    "by anthropic, bridge",
  ]);
});
