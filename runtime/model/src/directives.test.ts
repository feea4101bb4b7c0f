import { expect, test } from "@jest/globals";
import { readDirectives } from "./directives.ts";
import { bashStep, readStep, writeStep } from "./step.ts";

const read = (prompt: string) => readDirectives(prompt, (path) => (path.startsWith("/") ? path : `/work/${path}`));

test("[P3] directives are read in their order, the text around them is ignored", () => {
  expect(read("do [[write:/a/b.txt|x\ny]] and [[bash:ls -la]] [[read:c.md]] [[sleep:0.5]] [[say:hi|there]] [[error:429|7]] ok")).toEqual({
    steps: [
      writeStep("/a/b.txt", "x\ny"),
      bashStep("ls -la"),
      readStep("/work/c.md"),
      { kind: "sleep", seconds: 0.5 },
      { kind: "say", text: "hi|there" },
      { kind: "error", status: 429, retryAfterSeconds: 7 },
    ],
  });
});

test.each([
  ["[[write:a.json|[[1,2],[3]]]]", writeStep("/work/a.json", "[[1,2],[3]]")],
  ["[[write:a.json|[1,[2]]]]", writeStep("/work/a.json", "[1,[2]]")],
  ["[[bash:if [[ -f x ]]; then echo yes; fi]]", bashStep("if [[ -f x ]]; then echo yes; fi")],
  ["[[bash:echo ${a[1]}]]", bashStep("echo ${a[1]}")],
  ['[[bash:echo "[["]]', bashStep('echo "[["')],
  ["[[write:a|]]", writeStep("/work/a", "")],
])("[P4] brackets inside a directive belong to it: %s", (prompt, step) => {
  expect(read(prompt)).toEqual({ steps: [step] });
});

test.each(["[[write:/only-a-path]]", "[[sleep:soon]]", "[[sleep:601]]", "[[error:200]]", "[[bash: ]]", "[[tool:X|not json]]", "[[sleep:]]", "[[error:500|x]]"])(
  "[P5] what can't be followed is named with the right form: %s",
  (directive) => {
    expect(read(`[[say:hi]] ${directive}`)).toEqual({ problem: expect.stringContaining(`${directive} can't be followed. It is written [[`) });
  },
);

test("links in double brackets and unfinished directives are no directives", () => {
  expect(read("see [[Notes]] and [[todo:x]] [[write:/a|never closed")).toEqual({ steps: [] });
});
