import { expect, test } from "@jest/globals";
import { draftOfWebhook, noWebhook, webhookOf, webhookProblems, withoutSecret, type WebhookDraft } from "./webhook-draft.ts";

const secret = `whsec_${"A".repeat(32)}`;
const draft: WebhookDraft = { webhookUrl: "https://example.com/hook", webhookEvents: ["job.failed"], webhookSecret: secret };

test("a webhook is sent with the events that were chosen, and reads back into the same fields", () => {
  expect(webhookOf(noWebhook)).toBeUndefined();
  expect(webhookOf({ ...noWebhook, webhookUrl: "https://example.com/hook" })).toEqual({ url: "https://example.com/hook" });
  const sent = webhookOf(draft)!;
  expect(sent).toEqual({ url: "https://example.com/hook", events: ["job.failed"], secret });
  expect(draftOfWebhook(sent)).toEqual(draft);
  expect(draftOfWebhook({})).toEqual(noWebhook);
});

test.each<[string, Partial<WebhookDraft>, keyof WebhookDraft]>([
  ["another scheme", { webhookUrl: "ftp://example.com" }, "webhookUrl"],
  ["a password in the address", { webhookUrl: "https://me:pw@example.com" }, "webhookUrl"],
  ["no event", { webhookEvents: [] }, "webhookEvents"],
  ["a secret of another shape", { webhookSecret: "hunter2" }, "webhookSecret"],
  ["a secret of 23 bytes", { webhookSecret: `whsec_${"A".repeat(31)}` }, "webhookSecret"],
  ["a secret of 65 bytes", { webhookSecret: `whsec_${"A".repeat(87)}` }, "webhookSecret"],
])("%s is told at its field", (_name, part, field) => {
  expect(Object.keys(webhookProblems({ ...draft, ...part }))).toEqual([field]);
});

test("nothing is wrong with what is right, nor with what isn't sent", () => {
  expect(webhookProblems(draft)).toEqual({});
  expect(webhookProblems({ ...draft, webhookUrl: "", webhookSecret: "x" })).toEqual({});
  expect(webhookProblems({ ...draft, webhookUrl: "{{hook}}", webhookSecret: "{{secret}}" })).toEqual({});
});

test("of a secret the browser keeps only that there was one, with which nothing is sent", () => {
  expect(withoutSecret(noWebhook)).toEqual({ webhookSecret: "" });
  const kept = { ...draft, ...withoutSecret(draft) };
  expect(JSON.stringify(kept)).not.toContain("AAAA");
  expect(webhookProblems(kept)).toHaveProperty("webhookSecret");
});
