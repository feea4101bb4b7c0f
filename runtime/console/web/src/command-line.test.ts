import { expect, test } from "@jest/globals";
import { argumentsOf, commandLineOf, pairsOf } from "./command-line.ts";

test.each([
  ["ls -la", ["ls", "-la"]],
  [`sh -c 'echo "a b"'`, ["sh", "-c", 'echo "a b"']],
  [`git commit -m "it's done"`, ["git", "commit", "-m", "it's done"]],
  [`a\\ b "c\\"d" ''`, ["a b", 'c"d', ""]],
  ["  ", []],
])("the words of %s are told apart as a shell does", (text, expected) => {
  expect(argumentsOf(text)).toEqual(expected);
});

test("arguments that are shown as a line read back as the same", () => {
  const words = ["sh", "-c", "echo 'it''s' \"$HOME\" \\n", "", "a=b"];
  expect(argumentsOf(commandLineOf(words))).toEqual(words);
});

test("names are told from values by the first sign of a line", () => {
  expect(pairsOf("A=1\nB = two=2\n\nnonsense")).toEqual({ A: "1", B: " two=2" });
  expect(pairsOf("Authorization: Bearer a:b", ":")).toEqual({ Authorization: " Bearer a:b" });
});
