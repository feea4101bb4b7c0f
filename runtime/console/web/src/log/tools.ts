import { addedLines, diffLines, hunkLines, type DiffLine } from "./diff.ts";
import { objectOf, textOf, type Json } from "./fields.ts";
import type { ToolRow } from "./rows.ts";

export type ToolKind = "command" | "edit" | "read" | "search" | "web" | "plan" | "agent" | "other";

export interface ToolView {
  kind: ToolKind;
  /** What it is called in the list: the tool's own name, or the server's and the tool's. */
  label: string;
  /** The one thing that tells this call from others: a command, a path, a pattern. */
  subject: string;
  /** What a call that edits changes; undefined for others. */
  changes: DiffLine[] | undefined;
}

const kinds = new Map<string, ToolKind>([
  ...(["Bash", "BashOutput", "KillShell"] as const).map((name) => [name, "command"] as const),
  ...(["Write", "Edit", "MultiEdit", "NotebookEdit"] as const).map((name) => [name, "edit"] as const),
  ...(["Glob", "Grep", "LS"] as const).map((name) => [name, "search"] as const),
  ...(["WebFetch", "WebSearch"] as const).map((name) => [name, "web"] as const),
  ...(["TodoWrite", "TaskCreate", "TaskUpdate"] as const).map((name) => [name, "plan"] as const),
  ...(["Task", "Agent"] as const).map((name) => [name, "agent"] as const),
  ["Read", "read"],
]);

/** The fields that tell a call best, the best first. */
const telling = ["file_path", "notebook_path", "command", "pattern", "url", "query", "path", "description", "prompt", "subject", "title"] as const;

export function viewTool(row: Pick<ToolRow, "name" | "input" | "result">): ToolView {
  const kind = kinds.get(row.name) ?? "other";
  return { kind, label: labelOf(row.name), subject: subjectOf(row.input), changes: kind === "edit" ? changesOf(row) : undefined };
}

/** `mcp__github__create_issue` reads `github: create_issue`. */
function labelOf(name: string): string {
  const match = /^mcp__(.+?)__(.+)$/.exec(name);
  return match === null ? name : `${match[1]}: ${match[2]}`;
}

function subjectOf(input: Record<string, unknown>): string {
  const todos = input["todos"];
  if (Array.isArray(todos)) return `${todos.filter((todo) => objectOf(todo)["status"] === "completed").length} of ${todos.length} done`;
  const field = telling.find((name) => textOf(input[name]) !== "");
  const text = field === undefined ? firstText(input) : textOf(input[field]);
  return withoutWorkspace(text.split("\n", 1)[0] ?? "");
}

const firstText = (input: Record<string, unknown>): string => Object.values(input).find((value): value is string => typeof value === "string") ?? "";

/** Every job works in /workspace: saying so on each line would hide what differs. */
export const withoutWorkspace = (text: string): string => (text === "/workspace" ? "." : text.replace(/^\/workspace\//, ""));

function changesOf({ name, input, result }: Pick<ToolRow, "name" | "input" | "result">): DiffLine[] {
  if (result !== undefined && result.hunks.length > 0) return hunkLines(result.hunks);
  if (name === "Write") return addedLines(textOf(input["content"]));
  if (Array.isArray(input["edits"]))
    return input["edits"].map(objectOf).flatMap((edit, index) => [...(index === 0 ? [] : [{ kind: "gap", text: "" } as DiffLine]), ...diffOf(edit)]);
  return diffOf(input);
}

const diffOf = (edit: Json) => diffLines(textOf(edit["old_string"] ?? edit["old_source"]), textOf(edit["new_string"] ?? edit["new_source"]));
