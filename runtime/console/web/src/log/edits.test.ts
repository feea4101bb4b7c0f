import { expect, test } from "@jest/globals";
import { byFile, createEditCollector } from "./edits.ts";

const uses = (id: string, name: string, input: object) =>
  JSON.stringify({ type: "assistant", message: { role: "assistant", content: [{ type: "tool_use", id: `call_${id}`, name, input }] } });
const returns = (id: string, more: object = {}) =>
  JSON.stringify({ type: "user", message: { role: "user", content: [{ type: "tool_result", tool_use_id: `call_${id}`, content: "ok", ...more }] } });
const file = (path: string, more: object) => ({ file_path: `/workspace/${path}`, ...more });

test("what was edited is gathered by file in the order of its first change, over all attempts", () => {
  const collector = createEditCollector();
  const lines: [number, string][] = [
    [1, uses("a", "Write", file("one.md", { content: "x\ny\n" }))],
    [1, uses("b", "Bash", { command: "rm one.md" })],
    [1, returns("b")],
    [1, returns("a")],
    [1, uses("c", "Edit", file("two.md", { old_string: "before", new_string: "after" }))],
    [1, returns("c")],
    [2, uses("d", "MultiEdit", file("one.md", { edits: [{ old_string: "x", new_string: "z" }] }))],
    [2, returns("d")],
  ];
  const told = lines.map(([attempt, text]) => collector.add(attempt, text));
  expect(told).toEqual([true, false, false, true, true, true, true, true]);
  expect(byFile(collector.edits())).toMatchObject([
    {
      path: "one.md",
      added: 3,
      removed: 1,
      edits: [
        { attempt: 1, tool: "Write", isDone: true },
        { attempt: 2, tool: "MultiEdit", isDone: true },
      ],
    },
    { path: "two.md", added: 1, removed: 1, edits: [{ attempt: 1, tool: "Edit" }] },
  ]);
});

test("an edit that failed or was denied is left out; one without an answer is told as such", () => {
  const collector = createEditCollector();
  collector.add(1, uses("a", "Edit", file("a.md", { old_string: "nowhere", new_string: "x" })));
  expect(collector.edits()).toMatchObject([{ path: "a.md", isDone: false }]);
  collector.add(1, returns("a", { is_error: true }));
  collector.add(1, uses("b", "NotebookEdit", { notebook_path: "/workspace/n.ipynb", new_source: "1 + 1" }));
  expect(collector.edits()).toMatchObject([{ path: "n.ipynb", isDone: false, lines: [{ kind: "added", text: "1 + 1" }] }]);
});

test("lines that only speak of edits, or are no JSON at all, are passed over", () => {
  const collector = createEditCollector();
  const said = JSON.stringify({ type: "assistant", message: { content: [{ type: "text", text: 'I call {"name":"Edit"}' }] } });
  expect([said, '{"name":"Write"', "", "plain"].map((text) => collector.add(1, text))).toEqual([false, false, false, false]);
  expect(collector.edits()).toEqual([]);
});

test("what an edit really changed counts, where the tool tells", () => {
  const collector = createEditCollector();
  collector.add(1, uses("a", "Edit", file("a.md", { old_string: "x", new_string: "y" })));
  const report = { structuredPatch: [{ oldStart: 7, newStart: 7, lines: [" before", "-x", "+y"] }] };
  collector.add(1, JSON.stringify({ ...(JSON.parse(returns("a")) as object), tool_use_result: report }));
  expect(collector.edits()[0]!.lines).toContainEqual({ kind: "added", text: "y", after: 8 });
});
