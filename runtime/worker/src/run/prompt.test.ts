import { expect, test } from "@jest/globals";
import { continuation, promptOf } from "./prompt.ts";

const first = { resume: false, prompt: "task", turns: [], firstOfTurn: true };

test("a session that begins hears the task, and all that was asked for later", () => {
  expect(promptOf(first)).toBe("task");
  expect(promptOf({ ...first, turns: ["more", "and more"] })).toBe("task\n\nmore\n\nand more");
});

test("an interrupted session is told to go on", () => {
  expect(promptOf({ ...first, resume: true, firstOfTurn: false })).toBe(continuation);
});

test("[W27] a further turn is its prompt alone; when its first attempt failed it is said again, for the session may not have heard it", () => {
  expect(promptOf({ ...first, resume: true, turns: ["more"] })).toBe("more");
  expect(promptOf({ ...first, resume: true, turns: ["old", "more"], firstOfTurn: false })).toMatch(/^Continue: .*\n\nWhat was asked for last:\n\nmore$/s);
});
