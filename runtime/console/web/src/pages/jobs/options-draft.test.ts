import { expect, test } from "@jest/globals";
import { countChosen, draftOfOptions, noOptions, optionsOf, toolRules } from "./options-draft.ts";

test("nothing that wasn't chosen is sent", () => {
  expect(optionsOf(noOptions)).toEqual({});
  expect(optionsOf({ ...noOptions, priority: "0", budgetUsd: "-1", approvalMinutes: "5", branch: "main" })).toEqual({});
  expect(countChosen({ ...noOptions, model: "opus" })).toBe(0);
});

test("what was chosen is sent in the worker's units, and reads back into the same fields", () => {
  const draft = {
    ...noOptions,
    model: "opus",
    maxAttempts: "2",
    priority: "-5",
    permissionMode: "ask",
    approvalMinutes: "30",
    allowedTools: "Bash(git log:*, git show:*), Read",
    disallowedTools: "WebFetch",
    budgetUsd: "1.5",
    timeoutMinutes: "0.5",
    stallMinutes: "10",
    instructions: "Be brief.",
    repositoryUrl: "https://git.example.com/a.git",
    newBranch: "fix",
    deliver: "pull-request",
  } as const;
  const sent = optionsOf(draft);
  expect(sent).toEqual({
    model: "opus",
    maxAttempts: 2,
    priority: -5,
    permissionMode: "ask",
    approvalTimeoutMs: 1_800_000,
    allowedTools: ["Bash(git log:*, git show:*)", "Read"],
    disallowedTools: ["WebFetch"],
    budgetUsd: 1.5,
    timeoutMs: 30_000,
    stallMs: 600_000,
    instructions: "Be brief.",
    repository: { url: "https://git.example.com/a.git", newBranch: "fix", deliver: "pull-request" },
  });
  expect(draftOfOptions(sent as Record<string, unknown>)).toEqual(draft);
  expect(countChosen(draft)).toBe(11);
});

test.each([
  ["Read,\n Edit ,,", ["Read", "Edit"]],
  ["Bash(npm test)", ["Bash(npm test)"]],
  ["Bash(open", ["Bash(open"]],
])("the rules in %j are told apart", (text, rules) => {
  expect(toolRules(text)).toEqual(rules);
});
