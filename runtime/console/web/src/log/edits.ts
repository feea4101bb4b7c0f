import { countChanges, type DiffLine } from "./diff.ts";
import { createRowBuilder, noOpenCalls, type ToolRow } from "./rows.ts";
import { viewTool } from "./tools.ts";

/** One call that changed a file, as it stands in the log of an attempt. */
export interface Edit {
  attempt: number;
  tool: string;
  path: string;
  lines: DiffLine[];
  /** Whether it is known that it was done: a run may have ended in the middle of it. */
  isDone: boolean;
}

/** A file, and what was changed in it, in order. */
export interface EditedFile {
  path: string;
  edits: Edit[];
  added: number;
  removed: number;
}

/** Takes the lines of a job's logs, attempt after attempt, and keeps only the calls that edit files. */
export interface EditCollector {
  /** Returns whether an edit was found, or found out about. */
  add(attempt: number, text: string): boolean;
  /** Those that were done or may have been; refused and failed ones changed nothing. */
  edits(): Edit[];
}

/** Only lines that can matter are parsed: most of a log is said and read, not written. */
const mayEdit = /"name":\s?"(?:Write|Edit|MultiEdit|NotebookEdit)"/;

export function createEditCollector(): EditCollector {
  const calls: { attempt: number; row: ToolRow }[] = [];
  const open = noOpenCalls();
  return {
    add(attempt, text) {
      const isResult = [...open.calls.keys()].some((id) => text.includes(id));
      if (!isResult && !mayEdit.test(text)) return false;
      const builder = createRowBuilder(open);
      builder.add(text);
      const found = builder.rows.filter((row) => row.kind === "tool").filter((row) => viewTool(row).kind === "edit");
      calls.push(...found.map((row) => ({ attempt, row })));
      return isResult || found.length > 0;
    },
    edits: () => calls.filter(({ row }) => row.result?.isError !== true).map(({ attempt, row }) => editOf(attempt, row)),
  };
}

function editOf(attempt: number, row: ToolRow): Edit {
  const { label, subject, changes } = viewTool(row);
  return { attempt, tool: label, path: subject, lines: changes ?? [], isDone: row.result !== undefined };
}

/** Files in the order in which they were first changed. */
export function byFile(edits: readonly Edit[]): EditedFile[] {
  return [...Map.groupBy(edits, ({ path }) => path)].map(([path, of]) => {
    const tallies = of.map(({ lines }) => countChanges(lines));
    return {
      path,
      edits: of,
      added: tallies.reduce((sum, { added }) => sum + added, 0),
      removed: tallies.reduce((sum, { removed }) => sum + removed, 0),
    };
  });
}
