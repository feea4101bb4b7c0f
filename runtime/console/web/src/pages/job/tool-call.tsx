import { Bot, Check, ChevronRight, FilePen, FileText, Globe, ListChecks, LoaderCircle, Search, SquareTerminal, Wrench, X, type LucideIcon } from "lucide-react";
import { useMemo } from "react";
import { countChanges } from "../../log/diff.ts";
import type { ToolRow } from "../../log/rows.ts";
import { viewTool, type ToolKind, type ToolView } from "../../log/tools.ts";
import { ClampedText } from "./clamped-text.tsx";
import { DiffView } from "./diff-view.tsx";

const icons: Readonly<Record<ToolKind, LucideIcon>> = {
  command: SquareTerminal,
  edit: FilePen,
  read: FileText,
  search: Search,
  web: Globe,
  plan: ListChecks,
  agent: Bot,
  other: Wrench,
};

interface Props {
  row: ToolRow;
  live: boolean;
  open: boolean | undefined;
  onToggle: (open: boolean) => void;
}

/** One call of a tool: a line that tells it, and under it, when opened, what went in and what came out. */
export function ToolCall({ row, live, open, onToggle }: Props) {
  const { result } = row;
  // oxlint-disable-next-line react/exhaustive-deps -- the row is filled in place; its result is what changes
  const view = useMemo(() => viewTool(row), [row, result]);
  const Icon = icons[view.kind];
  const isOpen = open ?? (view.kind === "edit" || result?.isError === true);
  return (
    <div className={`row tool${row.nested ? " nested" : ""}${result?.isError === true ? " bad" : ""}`}>
      <Icon className="row-icon" aria-hidden="true" />
      <div className="row-body">
        <button type="button" className="tool-head" aria-expanded={isOpen} onClick={() => onToggle(!isOpen)}>
          <span className="tool-name">{view.label}</span>
          <span className="tool-subject">{view.subject}</span>
          <Tally view={view} />
          <Status row={row} live={live} />
          <ChevronRight className="chevron" aria-hidden="true" />
        </button>
        {isOpen && <Inside row={row} view={view} />}
      </div>
    </div>
  );
}

function Tally({ view }: { view: ToolView }) {
  if (view.changes === undefined) return null;
  const { added, removed } = countChanges(view.changes);
  return (
    <span className="tally">
      {added > 0 && <span className="added">+{added}</span>}
      {removed > 0 && <span className="removed">−{removed}</span>}
    </span>
  );
}

function Status({ row: { result }, live }: { row: ToolRow; live: boolean }) {
  if (result === undefined)
    return live ? (
      <span className="tool-status running">
        <LoaderCircle aria-hidden="true" />
        <span className="visually-hidden">running</span>
      </span>
    ) : null;
  return result.isError ? (
    <span className="tool-status failed">
      <X aria-hidden="true" />
      <span className="visually-hidden">failed</span>
    </span>
  ) : (
    <span className="tool-status done">
      <Check aria-hidden="true" />
      <span className="visually-hidden">done</span>
    </span>
  );
}

function Inside({ row, view }: { row: ToolRow; view: ToolView }) {
  const { result } = row;
  const isPlainEdit = view.changes !== undefined && result?.isError !== true;
  return (
    <div className="tool-inside">
      {view.changes !== undefined ? <DiffView lines={view.changes} /> : <Input row={row} view={view} />}
      {result !== undefined && !isPlainEdit && result.text !== "" && <ClampedText text={result.text} lines={16} />}
    </div>
  );
}

function Input({ row: { input }, view }: { row: ToolRow; view: ToolView }) {
  if (view.kind === "plan" && Array.isArray(input["todos"])) return <Todos todos={input["todos"] as Todo[]} />;
  const command = input["command"];
  if (typeof command === "string" && view.kind === "command") return <pre className="output command-line">{command}</pre>;
  return <ClampedText text={JSON.stringify(input, null, 2)} lines={12} />;
}

interface Todo {
  content?: string;
  status?: string;
}

function Todos({ todos }: { todos: Todo[] }) {
  return (
    <ul className="todos">
      {todos.map(({ content = "", status = "pending" }, index) => (
        <li key={index} className={status}>
          {content} <span className="visually-hidden">({status.replaceAll("_", " ")})</span>
        </li>
      ))}
    </ul>
  );
}
