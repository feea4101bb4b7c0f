import { expect, test } from "@jest/globals";
import type { Channel } from "../../api/notice-queries.ts";
import { draftOf, isReady, wishOf } from "./channel-draft.ts";

const known: Channel = { id: "c", name: "Phone", kind: "ntfy", events: ["job.failed"], enabled: false, target: "https://ntfy.sh/…", secrets: ["url", "token"] };

test("a known channel keeps its secrets unless they are written anew, and stays off when it was", () => {
  expect(wishOf(draftOf(known), known)).toEqual({ name: "Phone", kind: "ntfy", events: ["job.failed"], enabled: false });
  expect(wishOf({ ...draftOf(known), token: "new" }, known)).toMatchObject({ token: "new" });
  expect(isReady(draftOf(known), known)).toBe(true);
  expect(isReady({ ...draftOf(known), kind: "slack" }, known)).toBe(false);
});

test("a mailbox wants its server and both ends; addresses part at commas and blanks", () => {
  const draft = {
    ...draftOf(undefined),
    kind: "mail",
    name: "Box",
    host: "mail.example.com",
    from: "a@example.com",
    to: "b@example.com, c@example.com",
  } as const;
  expect(isReady(draft, undefined)).toBe(true);
  expect(isReady({ ...draft, to: " " }, undefined)).toBe(false);
  expect(wishOf(draft, undefined)).toEqual({
    name: "Box",
    kind: "mail",
    events: ["job.failed", "approval.requested", "queue.limited", "schedule.failed"],
    enabled: true,
    host: "mail.example.com",
    from: "a@example.com",
    port: 587,
    security: "starttls",
    to: ["b@example.com", "c@example.com"],
  });
});
