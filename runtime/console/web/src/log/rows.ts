import { plainText } from "./ansi.ts";
import type { Hunk } from "./diff.ts";
import { listOf, numberOf, objectOf, textOf, type Json } from "./fields.ts";

export interface ToolResult {
  text: string;
  isError: boolean;
  /** What an edit really changed, with line numbers, when the tool reported it. */
  hunks: Hunk[];
}

/** What a reader sees of a log, one entry each; `line` is the line that it began on, counted from 1. */
export type Row = { line: number } & (
  | { kind: "start"; model: string; version: string; sessionId: string; tools: number; folder: string }
  | { kind: "text"; text: string; fault: boolean }
  | { kind: "thinking"; text: string }
  | { kind: "prompt"; text: string }
  | { kind: "tool"; id: string; name: string; input: Record<string, unknown>; nested: boolean; result: ToolResult | undefined }
  | { kind: "result"; ok: boolean; text: string; reason: string; turns: number | undefined; durationMs: number | undefined; costUsd: number | undefined }
  | { kind: "note"; tone: "plain" | "error"; title: string; text: string }
);

export type ToolRow = Extract<Row, { kind: "tool" }>;

/** Turns log lines into rows, as they come; a tool's result joins the row of its call. */
export interface RowBuilder {
  readonly rows: readonly Row[];
  /** Returns whether anything that a reader sees has changed. */
  add(text: string): boolean;
  /** Forgets what its rows still wait for, since they are shown no longer. */
  drop(): void;
}

/** What waits for its other half: calls without results, and results that came before their calls, as in a log that is read backwards. */
export interface OpenCalls {
  calls: Map<string, ToolRow>;
  results: Map<string, { result: ToolResult; take: () => void }>;
}

export const noOpenCalls = (): OpenCalls => ({ calls: new Map(), results: new Map() });

/** Builders of the parts of one log share what is open between them. */
export function createRowBuilder(open: OpenCalls = noOpenCalls()): RowBuilder {
  const rows: Row[] = [];
  const ids = new Set<string>();
  let line = 0;
  const push = (row: Row) => {
    rows.push(row);
    if (row.kind !== "tool") return;
    const early = open.results.get(row.id);
    if (early === undefined) open.calls.set(row.id, row);
    else {
      row.result = early.result;
      early.take();
      open.results.delete(row.id);
    }
    ids.add(row.id);
  };
  const settle = (id: string, result: ToolResult) => {
    const call = open.calls.get(id);
    if (call === undefined) {
      const note: Row = { line, kind: "note", tone: result.isError ? "error" : "plain", title: "Result of an unknown call", text: result.text };
      open.results.set(id, { result, take: () => void rows.splice(rows.indexOf(note), 1) });
      ids.add(id);
      return push(note);
    }
    open.calls.delete(id);
    call.result = result;
  };
  return {
    rows,
    add(text) {
      line += 1;
      const event = parse(text);
      if (event === undefined) return text.trim() !== "" && (push({ line, kind: "note", tone: "plain", title: "", text: plainText(text) }), true);
      return readers.get(event["type"])?.(event, { line, push, settle }) ?? false;
    },
    drop() {
      for (const row of rows) if (row.kind === "tool" && open.calls.get(row.id) === row) open.calls.delete(row.id);
      for (const id of ids) if (!rows.some((row) => row.kind === "tool" && row.id === id)) open.results.delete(id);
    },
  };
}

interface Sink {
  line: number;
  push: (row: Row) => void;
  settle: (callId: string, result: ToolResult) => void;
}

/** One reader for each type of event; types without one (partial messages, pings) stand in the raw view alone. */
const readers = new Map<unknown, (event: Json, sink: Sink) => boolean>([
  ["system", readSystem],
  ["assistant", readAssistant],
  ["user", readUser],
  ["result", readResult],
  ["freehold", readNote],
]);

function readSystem(event: Json, { line, push }: Sink): boolean {
  if (event["subtype"] !== "init") return false;
  push({
    line,
    kind: "start",
    model: textOf(event["model"]),
    version: textOf(event["claude_code_version"]),
    sessionId: textOf(event["session_id"]),
    tools: listOf(event["tools"]).length,
    folder: textOf(event["cwd"]),
  });
  return true;
}

function readAssistant(event: Json, { line, push }: Sink): boolean {
  const message = objectOf(event["message"]);
  const fault = message["model"] === "<synthetic>" || event["is_api_error_message"] === true || event["isApiErrorMessage"] === true;
  const nested = typeof event["parent_tool_use_id"] === "string";
  for (const block of blocksOf(message["content"])) {
    if (block["type"] === "text") push({ line, kind: "text", text: textOf(block["text"]), fault });
    else if (block["type"] === "thinking") push({ line, kind: "thinking", text: textOf(block["thinking"]) });
    else if (block["type"] === "tool_use")
      push({ line, kind: "tool", id: textOf(block["id"]), name: textOf(block["name"]), input: objectOf(block["input"]), nested, result: undefined });
  }
  return true;
}

function readUser(event: Json, { line, push, settle }: Sink): boolean {
  const hunks = hunksOf(event["tool_use_result"]);
  for (const block of blocksOf(objectOf(event["message"])["content"])) {
    if (block["type"] === "tool_result")
      settle(textOf(block["tool_use_id"]), { text: plainText(contentText(block["content"])), isError: block["is_error"] === true, hunks });
    else if (block["type"] === "text") push({ line, kind: "prompt", text: textOf(block["text"]) });
  }
  return true;
}

function readResult(event: Json, { line, push }: Sink): boolean {
  const errors = listOf(event["errors"]).map(textOf).join("\n");
  push({
    line,
    kind: "result",
    // The subtype says "success" even of a run that could not reach its model: is_error alone decides.
    ok: event["is_error"] !== true && event["subtype"] === "success",
    text: textOf(event["result"]) || errors,
    reason: textOf(event["terminal_reason"]) || textOf(event["subtype"]),
    turns: numberOf(event["num_turns"]),
    durationMs: numberOf(event["duration_ms"]),
    costUsd: numberOf(event["total_cost_usd"]),
  });
  return true;
}

function readNote(event: Json, { line, push }: Sink): boolean {
  const subtype = textOf(event["subtype"]);
  const text = plainText(textOf(event["text"]) || textOf(event["message"]));
  if (text === "" && subtype === "") return false;
  push({ line, kind: "note", tone: /error|fail|lost|kill/i.test(subtype) ? "error" : "plain", title: subtype, text });
  return true;
}

function parse(text: string): Json | undefined {
  if (!text.startsWith("{")) return undefined;
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

/** A message's content is a text or a list of blocks. */
const blocksOf = (content: unknown): Json[] => (typeof content === "string" ? [{ type: "text", text: content }] : listOf(content).map(objectOf));

function contentText(content: unknown): string {
  if (typeof content === "string") return content;
  return listOf(content)
    .map(objectOf)
    .map((block) => (block["type"] === "text" ? textOf(block["text"]) : `[${textOf(block["type"]) || "content"}]`))
    .join("\n");
}

function hunksOf(report: unknown): Hunk[] {
  return listOf(objectOf(report)["structuredPatch"])
    .map(objectOf)
    .flatMap((hunk) => {
      const [oldStart, newStart] = [numberOf(hunk["oldStart"]), numberOf(hunk["newStart"])];
      return oldStart === undefined || newStart === undefined ? [] : [{ oldStart, newStart, lines: listOf(hunk["lines"]).map(textOf) }];
    });
}
