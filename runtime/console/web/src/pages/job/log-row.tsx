import { Brain, CircleCheck, CircleX, MessageSquareText, Play, ScrollText, TriangleAlert, User, type LucideIcon } from "lucide-react";
import { memo, type ReactNode } from "react";
import { formatCost, formatDuration } from "../../format.ts";
import type { Row } from "../../log/rows.ts";
import { Markdown } from "../../parts/markdown.tsx";
import { ClampedText } from "./clamped-text.tsx";
import { ToolCall } from "./tool-call.tsx";

interface Props {
  row: Row;
  index: number;
  /** Whether a tool call has its result; the row itself is filled in place, so this tells that it changed. */
  settled: boolean;
  live: boolean;
  /** What the reader chose; undefined = as the kind of row has it. */
  open: boolean | undefined;
  onToggle: (index: number, open: boolean) => void;
}

export const LogRow = memo(function LogRow({ row, index, live, open, onToggle }: Props) {
  const toggle = (next: boolean) => onToggle(index, next);
  switch (row.kind) {
    case "start":
      return (
        <Frame icon={Play} tone="quiet">
          <p className="log-start">
            Claude Code {row.version} began with <b>{row.model || "its default model"}</b>, {row.tools} tools, in <code>{row.folder}</code>
          </p>
        </Frame>
      );
    case "text":
      return (
        <Frame icon={row.fault ? TriangleAlert : MessageSquareText} tone={row.fault ? "bad" : "text"}>
          <Markdown text={row.text} />
        </Frame>
      );
    case "thinking":
      return (
        <Frame icon={Brain} tone="quiet">
          <button type="button" className="disclosure" aria-expanded={open === true} onClick={() => toggle(open !== true)}>
            Thinking
          </button>
          {open === true && <Markdown text={row.text} />}
        </Frame>
      );
    case "prompt":
      return (
        <Frame icon={User} tone="quiet">
          <ClampedText text={row.text} lines={6} />
        </Frame>
      );
    case "tool":
      return <ToolCall row={row} live={live} open={open} onToggle={toggle} />;
    case "result":
      return <Outcome row={row} />;
    case "note":
      return (
        <Frame icon={row.tone === "error" ? TriangleAlert : ScrollText} tone={row.tone === "error" ? "bad" : "quiet"}>
          {row.title !== "" && <p className="note-title">{row.title}</p>}
          <ClampedText text={row.text} lines={12} />
        </Frame>
      );
  }
});

export function Frame({ icon: Icon, tone, children }: { icon: LucideIcon; tone: "text" | "quiet" | "bad" | "ok" | "tool"; children: ReactNode }) {
  return (
    <div className={`row ${tone}`}>
      <Icon className="row-icon" aria-hidden="true" />
      <div className="row-body">{children}</div>
    </div>
  );
}

function Outcome({ row }: { row: Extract<Row, { kind: "result" }> }) {
  const facts = [
    row.turns === undefined ? "" : `${row.turns} ${row.turns === 1 ? "turn" : "turns"}`,
    row.durationMs === undefined ? "" : formatDuration(row.durationMs),
    row.costUsd === undefined ? "" : formatCost(row.costUsd),
  ].filter((fact) => fact !== "");
  return (
    <Frame icon={row.ok ? CircleCheck : CircleX} tone={row.ok ? "ok" : "bad"}>
      <div className="outcome">
        <p className="outcome-head">
          <b>{row.ok ? "Done" : `Failed: ${row.reason.replaceAll("_", " ")}`}</b>
          <span className="muted">{facts.join(" · ")}</span>
        </p>
        {row.text !== "" && <Markdown text={row.text} />}
      </div>
    </Frame>
  );
}
