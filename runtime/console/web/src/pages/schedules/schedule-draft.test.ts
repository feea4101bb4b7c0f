import type { ScheduleView } from "@freehold/kernel/api/schedule";
import { expect, test } from "@jest/globals";
import { argumentsOf } from "../../command-line.ts";
import { draftOf, wishOf } from "./schedule-draft.ts";

const known: ScheduleView = {
  id: "s",
  name: "Tidy",
  schedule: "@daily",
  timeZone: "UTC",
  prompt: null,
  model: null,
  command: ["sh", "-c", "echo 'hi there' > a.txt"],
  environment: ["TOKEN"],
  maxAttempts: 1,
  timeoutMs: 90_000,
  noOverlap: false,
  missed: "skip",
  missedLimit: 10,
  source: null,
  pausedAt: null,
  problem: null,
  nextDueAt: null,
  createdAt: "2026-11-01T00:00:00Z",
  updatedAt: "2026-11-01T00:00:00Z",
};

test("a command that is shown for a change reads back as the same arguments", () => {
  expect(argumentsOf(draftOf(known, "UTC").command)).toEqual(known.command);
});

test("a change of another field leaves a command and its hidden variables as they are", () => {
  const wish = wishOf({ ...draftOf(known, "UTC"), name: "Tidier" }, known);
  expect(wish).toMatchObject({ name: "Tidier", timeoutMs: 90_000, maxAttempts: 1, missed: "skip" });
  expect(wish).not.toHaveProperty("command");
  expect(wish).not.toHaveProperty("environment");
  expect(wishOf({ ...draftOf(known, "UTC"), environment: "TOKEN=a=b\n\nnonsense" }, known)).toMatchObject({
    command: known.command,
    environment: { TOKEN: "a=b" },
  });
});

test("a prompt goes with its model, without a limit where none was written", () => {
  const draft = { ...draftOf(undefined, "Europe/Zurich"), name: " News ", prompt: "Write the news", model: "opus" };
  expect(wishOf(draft, undefined)).toMatchObject({
    name: "News",
    timeZone: "Europe/Zurich",
    prompt: "Write the news",
    model: "opus",
    timeoutMs: null,
    noOverlap: true,
  });
});
