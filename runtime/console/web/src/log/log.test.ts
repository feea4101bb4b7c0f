import { describe, expect, test } from "@jest/globals";
import { plainText } from "./ansi.ts";
import { addedLines, countChanges, diffLines, hunkLines } from "./diff.ts";
import { createRowBuilder } from "./rows.ts";
import { viewTool } from "./tools.ts";

const rowsOf = (...events: (object | string)[]) => {
  const builder = createRowBuilder();
  for (const event of events) builder.add(typeof event === "string" ? event : JSON.stringify(event));
  return builder.rows;
};
const assistant = (...content: object[]) => ({ type: "assistant", message: { role: "assistant", model: "m", content }, parent_tool_use_id: null });
const toolUse = (name: string, input: object, id = "t1") => ({ type: "tool_use", id, name, input });
const toolResult = (content: unknown, more: object = {}, id = "t1") => ({
  type: "user",
  message: { role: "user", content: [{ type: "tool_result", tool_use_id: id, content, ...more }] },
});

describe("rows", () => {
  test("a run's events become start, text, tool call with its result, and outcome", () => {
    const rows = rowsOf(
      { type: "system", subtype: "init", session_id: "s", cwd: "/workspace", model: "sonnet", tools: ["Bash", "Write"], claude_code_version: "2.1.329" },
      assistant({ type: "text", text: "I write it." }, toolUse("Write", { file_path: "/workspace/hello.md", content: "Hello\n" })),
      toolResult("File created"),
      { type: "result", subtype: "success", is_error: false, result: "Done.", num_turns: 2, duration_ms: 1200, total_cost_usd: 0.004 },
    );
    expect(rows).toEqual([
      { line: 1, kind: "start", model: "sonnet", version: "2.1.329", sessionId: "s", tools: 2, folder: "/workspace" },
      { line: 2, kind: "text", text: "I write it.", fault: false },
      {
        line: 2,
        kind: "tool",
        id: "t1",
        name: "Write",
        input: { file_path: "/workspace/hello.md", content: "Hello\n" },
        nested: false,
        result: { text: "File created", isError: false, hunks: [] },
      },
      { line: 4, kind: "result", ok: true, text: "Done.", reason: "success", turns: 2, durationMs: 1200, costUsd: 0.004 },
    ]);
  });

  test("a result that says success and is_error is a failure: an unreachable model reads so", () => {
    const [row] = rowsOf({ type: "result", subtype: "success", is_error: true, result: "Not logged in · Please run /login", terminal_reason: "api_error" });
    expect(row).toMatchObject({ ok: false, reason: "api_error", text: "Not logged in · Please run /login" });
  });

  test("an unknown session is a failure whose text is in errors", () => {
    const [row] = rowsOf({ type: "result", subtype: "error_during_execution", is_error: true, errors: ["No conversation found with session ID: x"] });
    expect(row).toMatchObject({ ok: false, text: "No conversation found with session ID: x" });
  });

  test("a model's fault, which comes as a synthetic message, is marked", () => {
    expect(rowsOf({ type: "assistant", message: { model: "<synthetic>", content: [{ type: "text", text: "API Error: 529" }] } })[0]).toMatchObject({
      kind: "text",
      fault: true,
    });
  });

  test("results find their calls, also when two run side by side and blocks are mixed", () => {
    const rows = rowsOf(
      assistant(toolUse("Bash", { command: "a" }, "one"), toolUse("Bash", { command: "b" }, "two")),
      toolResult([{ type: "text", text: "B" }, { type: "image" }], { is_error: true }, "two"),
      toolResult("A", {}, "one"),
    );
    expect(rows.map((row) => row.kind === "tool" && row.result)).toEqual([
      { text: "A", isError: false, hunks: [] },
      { text: "B\n[image]", isError: true, hunks: [] },
    ]);
  });

  test("standard error, plain text and broken JSON are shown, not swallowed; blank lines and partial messages are not shown", () => {
    const rows = rowsOf(
      { type: "freehold", subtype: "stderr", text: "\u001b[31mwarning\u001b[0m" },
      "not json",
      '{"type":',
      "",
      { type: "stream_event", event: {} },
      { type: "system", subtype: "status" },
      "[]",
      "{}",
    );
    expect(rows).toEqual([
      { line: 1, kind: "note", tone: "plain", title: "stderr", text: "warning" },
      { line: 2, kind: "note", tone: "plain", title: "", text: "not json" },
      { line: 3, kind: "note", tone: "plain", title: "", text: '{"type":' },
      { line: 7, kind: "note", tone: "plain", title: "", text: "[]" },
    ]);
  });

  test("events of any odd shape are taken without a fault", () => {
    const odd = [null, 1, "x", [], {}, { content: null }, { content: [null, 1, { type: "tool_use" }, { type: "text" }] }];
    for (const type of ["system", "assistant", "user", "result", "freehold", "__proto__", "constructor"])
      for (const message of odd) expect(() => rowsOf({ type, message, subtype: "init", tools: 3 })).not.toThrow();
  });
});

describe("diffs", () => {
  test("what stays, goes and comes is told line by line", () => {
    expect(diffLines("a\nb\nc\nd", "a\nc\nx\nd").map(({ kind, text }) => [kind, text])).toEqual([
      ["same", "a"],
      ["removed", "b"],
      ["same", "c"],
      ["added", "x"],
      ["same", "d"],
    ]);
  });

  test("applying a diff to the old text gives the new one, for a thousand random texts", () => {
    let seed = 7;
    const random = (below: number) => (seed = (seed * 16_807) % 2_147_483_647) % below;
    const text = () => Array.from({ length: random(12) }, () => "abcd"[random(4)]).join("\n");
    for (let round = 0; round < 1_000; round++) {
      const [before, after] = [text(), text()];
      const lines = diffLines(before, after);
      expect(
        lines
          .filter(({ kind }) => kind !== "added")
          .map((line) => line.text)
          .join("\n"),
      ).toBe(before);
      expect(
        lines
          .filter(({ kind }) => kind !== "removed")
          .map((line) => line.text)
          .join("\n"),
      ).toBe(after);
    }
  });

  test("texts too large to compare cost no time: all goes, all comes", () => {
    const before = Array.from({ length: 5_000 }, (_, index) => `old ${index}`).join("\n");
    expect(countChanges(diffLines(before, before.replaceAll("old", "new")))).toEqual({ added: 5_000, removed: 5_000 });
  });

  test("a reported hunk keeps its line numbers, and hunks are set apart", () => {
    const lines = hunkLines([
      { oldStart: 3, newStart: 3, lines: [" a", "-b", "+c", "\\ No newline at end of file"] },
      { oldStart: 9, newStart: 9, lines: ["+z"] },
    ]);
    expect(lines).toEqual([
      { kind: "same", text: "a", before: 3, after: 3 },
      { kind: "removed", text: "b", before: 4 },
      { kind: "added", text: "c", after: 4 },
      { kind: "gap", text: "" },
      { kind: "added", text: "z", after: 9 },
    ]);
  });

  test("a new file is all added, its last newline not counted as a line", () => {
    expect(addedLines("one\ntwo\n")).toEqual([
      { kind: "added", text: "one", after: 1 },
      { kind: "added", text: "two", after: 2 },
    ]);
    expect(addedLines("")).toEqual([]);
  });
});

describe("tools", () => {
  const view = (name: string, input: Record<string, unknown>) => viewTool({ name, input, result: undefined });
  test.each([
    ["Bash", { command: "ls -la\necho", description: "List" }, "command", "Bash", "ls -la"],
    ["Read", { file_path: "/workspace/src/a.ts" }, "read", "Read", "src/a.ts"],
    ["Grep", { pattern: "TODO", path: "/workspace" }, "search", "Grep", "TODO"],
    ["TodoWrite", { todos: [{ status: "completed" }, { status: "pending" }] }, "plan", "TodoWrite", "1 of 2 done"],
    ["mcp__github__create_issue", { title: "Leak" }, "other", "github: create_issue", "Leak"],
    ["Odd", { depth: 3, what: "that" }, "other", "Odd", "that"],
    ["Empty", {}, "other", "Empty", ""],
  ])("%s is told by what tells it best", (name, input, kind, label, subject) => {
    expect(view(name, input)).toEqual({ kind, label, subject, changes: undefined });
  });

  test("edits are shown as what they change: computed before, as reported after", () => {
    const input = { file_path: "/workspace/a", old_string: "x\ny", new_string: "x\nz" };
    expect(countChanges(view("Edit", input).changes!)).toEqual({ added: 1, removed: 1 });
    const hunks = [{ oldStart: 40, newStart: 40, lines: ["-y", "+z"] }];
    expect(viewTool({ name: "Edit", input, result: { text: "", isError: false, hunks } }).changes![0]).toEqual({ kind: "removed", text: "y", before: 40 });
    expect(
      view("MultiEdit", {
        edits: [
          { old_string: "a", new_string: "b" },
          { old_string: "c", new_string: "" },
        ],
      }).changes!.map(({ kind }) => kind),
    ).toEqual(["removed", "added", "gap", "removed"]);
  });
});

test("terminal colours, titles and overwritten lines are made readable", () => {
  expect(plainText("\u001b[1;31mred\u001b[0m \u001b]0;title\u0007ok\u0000")).toBe("red ok");
  expect(plainText("10%\r50%\r100%\r\nnext")).toBe("100%\nnext");
});
