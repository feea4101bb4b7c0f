import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { marker, renderComment, type Preview } from "./preview-comment.ts";

const sample = (name: string) => readFileSync(join(import.meta.dirname, "samples", name), "utf8");

const render = (preview: Partial<Preview>) =>
  renderComment({
    stack: "dev",
    exitCode: 0,
    output: "",
    commit: "0123456789abcdef0123456789abcdef01234567",
    runUrl: "https://github.com/owner/home/actions/runs/1",
    ...preview,
  });

const title = (comment: string) => comment.split("\n").find((line) => line.startsWith("### "));

test.each([
  ["changed", 0],
  ["refused", 1],
])("the comment about a real preview that %s something reads as in the golden file", (name, exitCode) => {
  expect(render({ output: sample(`${name}.txt`), exitCode })).toBe(sample(`${name}.golden.md`));
});

test("a preview without changes says so in its title", () => {
  expect(title(render({ output: sample("same.txt") }))).toBe("### Preview of `dev`: no changes");
});

test("a preview that fails for another reason shows its log unfolded", () => {
  const comment = render({ exitCode: 255, output: "error: no stack named 'prod' found" });
  expect(title(comment)).toBe("### Preview of `dev`: failed");
  expect(comment).toContain("<details open>");
});

test("a warning by an advisory policy is shown, but refuses nothing", () => {
  const comment = render({
    output: "    freehold@v0.1.0 [advisory]  container-log  (docker:index/container:Container: web)Text\nResources:\n    + 1 to create\n",
  });
  expect(title(comment)).toBe("### Preview of `dev`: 1 to create");
  expect(comment).toContain("**`container-log`** on web");
});

test("policies are recognised in the short form of a preview too", () => {
  const comment = render({
    exitCode: 1,
    output: "        - [mandatory]  a1-total  (pulumi:pulumi:Stack: freehold-prod)\n          The stack: …\n            cure:  Lower it.\n",
  });
  expect(title(comment)).toBe("### Preview of `dev`: refused by a policy");
});

test("colours and carriage returns leave no trace", () => {
  expect(render({ output: "\u001b[32m  + thing\u001b[0m\r\nnext\rlast" })).toContain("+   thing\nnext\nlast");
});

test("a huge diff is cut at a line, with a note, and stays below GitHub's limit", () => {
  const comment = render({ output: Array.from({ length: 20_000 }, (_, index) => `      + line${index}: "value"`).join("\n") });
  expect(comment.length).toBeLessThan(65_536);
  expect(comment).toMatch(/\n\d+ more lines are in the log of the run\.\n\n<\/details>\n$/);
});

test("a thousand refusals are cut at a refusal, with a note, and stay below GitHub's limit", () => {
  const one = "    freehold@v0.1.0 [mandatory]  container-log  (docker:index/container:Container: web)Text\n  cure:  Bound it.\n";
  const comment = render({ exitCode: 1, output: one.repeat(1_000) });
  expect(comment.length).toBeLessThan(65_536);
  expect(comment).toMatch(/\n\d+ more refusals are in the log of the run\.\n/);
});

const header = (sign: string, operation: string, name: string) =>
  `    ${sign} oci:Core/instance:Instance: (${operation})\n        [id=1]\n        [urn=urn:pulumi:prod::freehold::oci:Core/instance:Instance::${name}]\n`;

test("which resources change stands above the diff, what is lost first, also where the diff is cut before it says so", () => {
  const created = Array.from({ length: 2_000 }, (_, index) => header("+", "create", `new-${index}`)).join("");
  const output = `${created}${header("~", "update", "rules")}${header("+-", "replace", "vm")}${header("-", "delete", "disk`</details>")}${header(" ", "same", "address")}`;
  const comment = render({ output });
  const above = comment.slice(0, comment.indexOf("<details>"));
  expect(above).toContain(
    "- **delete** `disk'</details>` (Instance)\n- **replace** `vm` (Instance)\n- **update** `rules` (Instance)\n- **create** `new-0` (Instance), ",
  );
  expect(above).toContain("`new-11` (Instance) and 1988 more\n");
  expect(above).not.toContain("address");
  expect(comment.length).toBeLessThan(65_536);
});

test("the stack, providers and components, which exist on paper alone, are no changed resources", () => {
  const output = "  + pulumi:providers:oci: (create)\n    [urn=urn:pulumi:prod::freehold::pulumi:providers:oci::oracle]\n@ previewing update....\n";
  const comment = render({ output });
  expect(comment).not.toContain("**create**");
  expect(comment).not.toContain("@ previewing");
});

test("text that closes code blocks and folds can't break out", () => {
  const comment = render({ output: "````\n</details>\n@everyone" });
  expect(comment).toContain("`````diff\n````\n</details>\n@everyone\n`````");
});

test("comments of two stacks are told apart by their first line", () => {
  expect(render({ stack: "dev" }).startsWith(`${marker("dev")}\n`)).toBe(true);
  expect(marker("dev")).not.toBe(marker("prod"));
});
