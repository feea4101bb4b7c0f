import { expect, test } from "@jest/globals";
import { newJobId } from "./job-id.ts";
import { digestOf, jobRequest, titleOf } from "./job-request.ts";
import { commandOf } from "./run/claude-command.ts";

test("a plain prompt is enough, with three attempts", () => {
  expect(jobRequest.parse({ prompt: "x" })).toEqual({ prompt: "x", maxAttempts: 3 });
});

test.each([
  ["an empty prompt", { prompt: " \n" }],
  ["a prompt over a million characters", { prompt: "x".repeat(1_000_001) }],
  ["a NUL in the prompt", { prompt: "a\0b" }],
  ["a NUL in the title", { prompt: "x", title: "a\0" }],
  ["no attempts", { prompt: "x", maxAttempts: 0 }],
  ["six attempts", { prompt: "x", maxAttempts: 6 }],
  ["a time of less than a second", { prompt: "x", timeoutMs: 999 }],
  ["a model that would be an option", { prompt: "x", model: "--dangerous" }],
  ["an unknown field", { prompt: "x", promt: "y" }],
  ["a prompt that is no text", { prompt: 7 }],
])("%s is refused", (_name, body) => {
  expect(jobRequest.safeParse(body).success).toBe(false);
});

test("the title is the prompt's first line that says something, cut between characters", () => {
  expect(titleOf({ prompt: "\n  \n  Hello there \nmore" })).toBe("Hello there");
  expect(titleOf({ prompt: "😀".repeat(200) })).toBe(`${"😀".repeat(99)}…`);
  expect(titleOf({ prompt: "x", title: " Given " })).toBe("Given");
});

test("the digest tells requests apart and ignores their key", () => {
  const of = (more: object) => digestOf(jobRequest.parse({ prompt: "x", ...more }));
  expect(of({ idempotencyKey: "a" })).toBe(of({ idempotencyKey: "b" }));
  expect(of({ model: "a" })).not.toBe(of({}));
});

test("ids are UUIDs of version 7 that sort by time", () => {
  const id = newJobId(1_795_263_217_413, () => new Uint8Array(16).fill(0xff));
  expect(id).toBe("01a1fe06-bf05-7fff-bfff-ffffffffffff");
  expect(newJobId(1, () => new Uint8Array(16)) < newJobId(2, () => new Uint8Array(16))).toBe(true);
});

test("a container's command resumes or begins a session, and names a model only where one is wanted", () => {
  const command = commandOf({ sessionId: "s", resume: false, model: null, promptFile: "/input/prompt-1.txt" });
  expect(command).toEqual([
    "run-job",
    "/input/prompt-1.txt",
    "--print",
    "--verbose",
    "--output-format",
    "stream-json",
    "--permission-mode",
    "bypassPermissions",
    "--session-id",
    "s",
  ]);
  expect(commandOf({ sessionId: "s", resume: true, model: "m", promptFile: "/p" }).slice(-4)).toEqual(["--resume", "s", "--model", "m"]);
});
