import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { createEditCollector } from "./edits.ts";
import { createRowBuilder } from "./rows.ts";
import { viewTool } from "./tools.ts";

const odd = fc.oneof(fc.jsonValue(), fc.constantFrom({ toString: false }, [null], "Write"));
const field = (...good: unknown[]) => fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...good) }, { weight: 1, arbitrary: odd });
const record = (fields: Record<string, fc.Arbitrary<unknown>>) => fc.oneof({ weight: 12, arbitrary: fc.record(fields) }, { weight: 1, arbitrary: odd });
const list = (each: fc.Arbitrary<unknown>) => fc.oneof({ weight: 12, arbitrary: fc.array(each, { maxLength: 3 }) }, { weight: 1, arbitrary: odd });

const input = record({
  file_path: field("/workspace/a"),
  content: field("a\nb"),
  old_string: field("a"),
  new_string: field("b"),
  edits: list(record({ old_string: field("a"), new_string: field("b") })),
  todos: list(record({ content: field("a"), status: field("completed", "pending") })),
});
const block = record({
  type: field("text", "thinking", "tool_use", "tool_result"),
  text: field("said"),
  id: field("t1", "t2"),
  tool_use_id: field("t1", "t2"),
  name: field("Write", "Edit", "MultiEdit", "TodoWrite", "mcp__a__b"),
  input,
  content: field("done", [{ type: "text", text: "done" }]),
});
const event = record({
  type: field("assistant", "assistant", "user", "system", "result", "freehold"),
  subtype: field("init", "success"),
  message: record({ model: field("m", "<synthetic>"), content: list(block) }),
  tool_use_result: record({ structuredPatch: list(record({ oldStart: field(1), newStart: field(1), lines: list(field("+a", "-b", " c")) })) }),
  errors: list(odd),
});

test("no line of a log, whatever its fields are, keeps the rest from being shown", () => {
  let changed = 0;
  fc.assert(
    fc.property(fc.array(event, { maxLength: 6 }), (events) => {
      const [rows, edits] = [createRowBuilder(), createEditCollector()];
      const last = { type: "freehold", subtype: "end", text: "over" };
      for (const each of [...events, last]) {
        rows.add(JSON.stringify(each));
        edits.add(1, JSON.stringify(each));
      }
      for (const row of rows.rows) if (row.kind === "tool") viewTool(row);
      changed += edits.edits().length;
      expect(rows.rows.at(-1)).toMatchObject({ kind: "note", text: "over" });
    }),
    { numRuns: 3_000 },
  );
  // Lines that show nothing would prove nothing.
  expect(changed).toBeGreaterThan(100);
});
