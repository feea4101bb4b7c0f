import { expect, test } from "@jest/globals";
import { attemptErrors, decideOutcome, type Ending } from "./outcome.ts";
import { StreamEvents } from "./stream-events.ts";

const ending: Ending = {
  result: null,
  apiErrorType: null,
  limit: null,
  stderr: [],
  exitCode: 0,
  oomKilled: false,
  gone: false,
  stopped: null,
  cancelRequested: false,
  timeoutMs: 60_000,
  isCommand: false,
  denialsFail: true,
};
const after = (lines: object[], more: Partial<Ending> = {}) => {
  const events = new StreamEvents();
  for (const line of lines) events.push(Buffer.from(`${JSON.stringify(line)}\n`));
  return decideOutcome({ ...ending, result: events.result, apiErrorType: events.apiErrorType, stderr: events.stderr, ...more });
};
const result = (fields: object) => ({ type: "result", subtype: "success", is_error: false, result: "text", permission_denials: [], ...fields });
const apiError = (status: number | null, text = `API Error: ${status}`) =>
  result({ is_error: true, api_error_status: status, result: text, terminal_reason: "api_error" });
const stderr = (text: string) => ({ type: "freehold", subtype: "stderr", text });

test("[W10] a result without error is success, whatever the exit code says", () => {
  expect(after([result({ result: "well" })], { exitCode: 137 })).toEqual({ state: "succeeded", exitCode: 137, result: "well" });
});

test("[W10] subtype success with is_error is a failure", () => {
  expect(after([apiError(500)], { exitCode: 1 })).toMatchObject({ state: "failed", code: "job.upstream", retryable: true });
});

test("[W10] the last result counts where there are several", () => {
  expect(after([apiError(500), result({ result: "later" })])).toMatchObject({ state: "succeeded", result: "later" });
});

test("[W10] a denied tool is a failure although the CLI reports success and exit code 0", () => {
  expect(after([result({ permission_denials: [{ tool_name: "Bash" }, { tool_name: "Bash" }, { tool_name: "Write" }] })])).toMatchObject({
    state: "failed",
    code: "job.permission-denied",
    retryable: false,
    message: expect.stringContaining("Bash, Write"),
    result: "text",
  });
});

test.each([
  [401, "job.auth"],
  [403, "job.auth"],
  [402, "job.budget"],
  [404, "job.model"],
  [400, "job.refused"],
  [413, "job.refused"],
  [422, "job.refused"],
  [429, "job.rate-limited"],
  [408, "job.upstream"],
  [409, "job.upstream"],
  [500, "job.upstream"],
  [529, "job.upstream"],
] as const)("[W11] an API error %i is %s", (status, code) => {
  expect(after([apiError(status)], { exitCode: 1 })).toMatchObject({ state: "failed", code, retryable: attemptErrors[code].retryable });
});

test("[W11] a 429 that the upstream calls billing_error is the budget and not worth another try", () => {
  expect(after([{ type: "assistant", is_api_error_message: true, api_error_type: "billing_error" }, apiError(429)])).toMatchObject({
    code: "job.budget",
    retryable: false,
  });
});

test.each([
  ["not logged in", [apiError(null, "Not logged in · Please run /login")], "job.auth"],
  ["a used-up budget of the CLI", [result({ is_error: true, subtype: "error_max_budget_usd", result: undefined })], "job.budget"],
  ["used-up turns", [result({ is_error: true, subtype: "error_max_turns" })], "job.turn-limit"],
  [
    "a session that is not there",
    [stderr("No conversation found"), result({ is_error: true, subtype: "error_during_execution", errors: ["No conversation found with session ID: 1"] })],
    "job.session-lost",
  ],
  ["a session that has begun", [stderr("Error: Session ID 2 is already in use.")], "job.session-in-use"],
  ["an option that the CLI does not know", [stderr("error: unknown option '--what'")], "job.cli"],
  ["an error without status", [result({ is_error: true, subtype: "error_during_execution", result: undefined })], "job.failed"],
  ["an exit without a word", [], "job.crashed"],
] as const)("%s is told from other errors", (_name, lines, code) => {
  expect(after([...lines], { exitCode: 1 })).toMatchObject({ state: "failed", code, retryable: attemptErrors[code].retryable });
});

test("the end of stderr is part of the message of a crash", () => {
  expect(after([stderr("panic: it broke")], { exitCode: 134 })).toMatchObject({
    code: "job.crashed",
    message: expect.stringMatching(/exit code 134.*panic: it broke/s),
  });
});

test("memory that ran out is named before the exit code", () => {
  expect(after([], { exitCode: 137, oomKilled: true })).toMatchObject({ code: "job.out-of-memory", retryable: true });
});

test("[W8] a container that is gone without a result is lost, and with a result it is not", () => {
  expect(after([], { gone: true, exitCode: null })).toMatchObject({ state: "lost", code: "job.lost", retryable: true });
  expect(after([result({})], { gone: true, exitCode: null })).toMatchObject({ state: "succeeded" });
});

test("[W12] what the worker stopped is named by its reason, not by what the CLI said when it was interrupted", () => {
  const interrupted = result({ is_error: true, subtype: "error_during_execution", terminal_reason: "aborted_streaming" });
  expect(after([interrupted], { stopped: "timeout" })).toMatchObject({ code: "job.timeout", retryable: false, message: expect.stringContaining("60 s") });
  expect(after([], { stopped: "stalled", exitCode: 143 })).toMatchObject({ code: "job.stalled", retryable: true });
  expect(after([], { stopped: "log-limit" })).toMatchObject({ code: "job.log-limit", retryable: false });
});

test("[W12] a run that was ended because it did not go away after its result has succeeded", () => {
  expect(after([result({})], { stopped: "result-but-alive", exitCode: 143 })).toMatchObject({ state: "succeeded" });
});

test("[W10] a denied tool is no failure where tools were to be denied", () => {
  expect(after([result({ permission_denials: [{ tool_name: "Bash" }] })], { denialsFail: false })).toMatchObject({ state: "succeeded", result: "text" });
});

test("[W25] a usage limit is told from a failure, unless the run was stopped for something else", () => {
  const limit = { untilMs: 7, said: "You've hit your session limit" };
  expect(after([apiError(429)], { limit })).toMatchObject({ state: "limited", code: "job.usage-limit", untilMs: 7, retryable: true });
  expect(after([], { limit, stopped: "stalled" })).toMatchObject({ state: "limited" });
  expect(after([], { limit, stopped: "timeout" })).toMatchObject({ code: "job.timeout" });
  expect(after([result({})], { limit })).toMatchObject({ state: "succeeded" });
  expect(after([], { limit, cancelRequested: true })).toMatchObject({ state: "cancelled" });
});

test("[W13] a cancelled run is cancelled, whatever else it was", () => {
  expect(after([result({})], { cancelRequested: true, exitCode: 0 })).toEqual({ state: "cancelled", exitCode: 0 });
});
