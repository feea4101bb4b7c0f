import { expect, test } from "@jest/globals";
import { ownRoutes, type OwnRoute } from "../../../../src/own-routes.ts";
import { proxiedRoutes } from "../../../../src/proxied-routes.ts";
import { whoOf, wordsOf } from "./audit-words.ts";

const own: OwnRoute[] = Object.values(ownRoutes);
const actions = [...new Set([...own, ...proxiedRoutes].flatMap(({ action }) => (action === undefined ? [] : [action])))];

test.each(actions)("the audit log has words for %s", (action) => {
  expect(wordsOf({ action, detail: null })).not.toBe(action);
});

test("a detail follows the words, and what has no words keeps its name", () => {
  expect(wordsOf({ action: "member.remove", detail: "mira, operator" })).toBe("Member removed: mira, operator");
  expect(wordsOf({ action: "thing.done", detail: null })).toBe("thing.done");
});

test("who did it is named, and by what means when not in a browser", () => {
  const mira = { id: "1", name: "mira" };
  expect([
    whoOf({ actor: "member", member: mira }),
    whoOf({ actor: "api-token", member: mira }),
    whoOf({ actor: "owner-token", member: { id: "owner", name: "owner" } }),
    whoOf({ actor: "anonymous", member: null }),
  ]).toEqual(["mira", "mira, by a token", "owner, by the command line", "somebody not signed in"]);
});
