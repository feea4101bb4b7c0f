import { expect, test } from "@jest/globals";
import { bashStep, readStep, writeStep } from "./step.ts";
import { asksToContinue, readWishes } from "./wishes.ts";

const read = (prompt: string) => readWishes(prompt, (path) => (path.startsWith("/") ? path : `/w/${path}`));

test.each([
  ["Write a file hello.md that says: Hello from my home", "hello.md", "Hello from my home"],
  ["Write a file hello.md that says: Hello from my home. An agent wrote this.", "hello.md", "Hello from my home. An agent wrote this."],
  ["Write a file notes/today.md that says: buy milk", "notes/today.md", "buy milk"],
  ['Create notes/today.md with the text "Water the plants".', "notes/today.md", "Water the plants"],
  ["please create a new file called `a.txt` containing “x: y”", "a.txt", "x: y"],
  ["Could you make me a text file named ./deep/er/list.txt with: one\ntwo", "./deep/er/list.txt", "one\ntwo"],
  ['Put "hello there" into notes.txt', "notes.txt", "hello there"],
  ["Save 'it' as the file b.md.", "b.md", "it"],
  ["write hello.txt: hi", "hello.txt", "hi"],
  ["Write the file Makefile with the contents all: build", "Makefile", "all: build"],
  ["Create an empty file empty.txt", "empty.txt", ""],
])("[P6] a wish to write is understood: %s", (prompt, path, content) => {
  expect(read(prompt)).toEqual([writeStep(`/w/${path}`, content)]);
});

test.each([
  ["Read hello.md", readStep("/w/hello.md")],
  ["show me the file /etc/hostname.", readStep("/etc/hostname")],
  ["List the files", bashStep("ls -la")],
  ["Please list all files in this folder.", bashStep("ls -la")],
  ["Run `wc -l a.txt`", bashStep("wc -l a.txt")],
  ["Run the command: ls -la", bashStep("ls -la")],
])("[P6] other wishes are understood: %s", (prompt, step) => {
  expect(read(prompt)).toEqual([step]);
});

test("[P6] wishes are joined by new lines or by then", () => {
  expect(read("Write a.md that says: x, then read a.md\nand then list the files")).toEqual([
    writeStep("/w/a.md", "x"),
    readStep("/w/a.md"),
    bashStep("ls -la"),
  ]);
});

test("[P6] what follows belongs to the text when it is no wish itself", () => {
  expect(read("Write a.md that says: first go, then sleep")).toEqual([writeStep("/w/a.md", "first go, then sleep")]);
});

test.each(["hi", "Write a poem about the sea", "Write a summary. Then rest.", "Fix the bug in main.ts", "Run the tests", "Read the news", ""])(
  "[P8] no wish is read into: %s",
  (prompt) => {
    expect(read(prompt)).toBeUndefined();
  },
);

test("[P2] only a plain request to go on is one", () => {
  expect(["Continue: your run was interrupted.", "please continue", "Go on", "resume"].map(asksToContinue)).toEqual([true, true, true, true]);
  expect(["continue [[say:x]]", "Continued fractions are nice", "I resume", `continue ${"x".repeat(400)}`].map(asksToContinue)).toEqual([
    false,
    false,
    false,
    false,
  ]);
});
