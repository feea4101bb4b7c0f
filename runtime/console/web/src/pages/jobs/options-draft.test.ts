import { expect, test } from "@jest/globals";
import { noServer } from "./mcp-draft.ts";
import { countChosen, draftOfOptions, noOptions, optionProblems, optionsOf, toolRules, type OptionsDraft } from "./options-draft.ts";

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
    retrySeconds: "0",
    systemPrompt: "Answer in German.",
    mcpServers: [{ ...noServer, name: "tickets", command: "npx tickets" }],
    webhookUrl: "https://example.com/hook",
    instructions: "Be brief.",
    repositoryUrl: "https://git.example.com/a.git",
    newBranch: "fix",
    deliver: "pull-request",
  } satisfies OptionsDraft;
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
    retryDelayMs: 0,
    systemPrompt: "Answer in German.",
    instructions: "Be brief.",
    repository: { url: "https://git.example.com/a.git", newBranch: "fix", deliver: "pull-request" },
    mcpServers: { tickets: { command: "npx", args: ["tickets"] } },
    webhook: { url: "https://example.com/hook" },
  });
  expect(draftOfOptions(sent as Record<string, unknown>)).toEqual(draft);
  expect(countChosen(draft)).toBe(15);
});

test.each([
  ["Read,\n Edit ,,", ["Read", "Edit"]],
  ["Bash(npm test)", ["Bash(npm test)"]],
  ["Bash(open", ["Bash(open"]],
])("the rules in %j are told apart", (text, rules) => {
  expect(toolRules(text)).toEqual(rules);
});

test("what the worker would refuse is told by field, before it is sent", () => {
  expect(optionProblems(noOptions)).toEqual({});
  const wrong = { ...noOptions, retrySeconds: "3601", systemPrompt: "x".repeat(100_001), webhookUrl: "nowhere", mcpServers: [noServer] };
  expect(Object.keys(optionProblems(wrong)).toSorted()).toEqual(["mcpServers", "retrySeconds", "systemPrompt", "webhookUrl"]);
  expect(Object.keys(optionProblems(wrong).mcpServers![0]!).toSorted()).toEqual(["command", "name"]);
  expect(optionProblems({ ...noOptions, mcpServers: [{ ...noServer, name: "one", command: "serve" }] })).toEqual({});
});
