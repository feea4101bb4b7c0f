interface Block {
  type?: string;
  text?: string;
  name?: string;
  input?: Record<string, unknown>;
  content?: string | Block[];
  is_error?: boolean;
}

interface LogLine {
  type?: string;
  subtype?: string;
  event?: string;
  text?: string;
  model?: string;
  message?: { content?: string | Block[] };
  is_error?: boolean;
  result?: string;
  total_cost_usd?: number;
  duration_ms?: number;
}

const longest = 300;

/** What a person reads of one line of a log; undefined for what says nothing. Escape sequences of a job's output never reach the terminal. */
export function readable(line: string): string | undefined {
  const text = textOf(line);
  return text === undefined ? undefined : harmless(text);
}

// Control characters but for tab and newline, those of C1 included: a terminal acts on them.
export const harmless = (text: string): string => text.replace(/\r\n/g, "\n").replace(/(?![\t\n])\p{Cc}/gu, "");

function textOf(line: string): string | undefined {
  const parsed = parse(line);
  if (parsed === undefined) return line;
  switch (parsed.type) {
    case "system":
      return parsed.subtype === "init" ? `… Claude Code began, model ${parsed.model ?? "unknown"}` : undefined;
    case "assistant":
      return joined(blocksOf(parsed).map(ofAssistant));
    case "user":
      return joined(blocksOf(parsed).map(ofTool));
    case "result":
      return ofResult(parsed);
    case "freehold":
      return `! ${parsed.text ?? parsed.event ?? "a note of the worker"}`;
    default:
      return undefined;
  }
}

function parse(line: string): LogLine | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

const blocksOf = ({ message }: LogLine): Block[] =>
  typeof message?.content === "string" ? [{ type: "text", text: message.content }] : (message?.content ?? []);

function joined(parts: (string | undefined)[]): string | undefined {
  const said = parts.filter((part) => part !== undefined && part !== "");
  return said.length === 0 ? undefined : said.join("\n");
}

function ofAssistant({ type, text, name, input = {} }: Block): string | undefined {
  if (type === "text") return text;
  return type === "tool_use" ? `→ ${name ?? "tool"} ${cut(whatFor(input))}` : undefined;
}

/** Of a tool's input the part that a person would name. */
function whatFor(input: Record<string, unknown>): string {
  const named = ["command", "file_path", "path", "pattern", "url", "query", "description"].map((key) => input[key]).find((value) => typeof value === "string");
  return typeof named === "string" ? named : JSON.stringify(input);
}

function ofTool({ type, content, is_error: isError }: Block): string | undefined {
  if (type !== "tool_result") return undefined;
  const text = typeof content === "string" ? content : (content ?? []).map((block) => block.text ?? "").join("\n");
  return `${isError === true ? "✗" : "←"} ${cut(text.trim())}`;
}

/** Of a success the answer is the last message, which has just been shown. */
function ofResult({ is_error: isError, result, total_cost_usd: costUsd, duration_ms: durationMs, subtype }: LogLine): string {
  const seconds = durationMs === undefined ? "" : ` in ${(durationMs / 1_000).toFixed(1)} s`;
  const cost = costUsd === undefined ? "" : `, $${costUsd.toFixed(4)}`;
  if (isError !== true) return `✓ done${seconds}${cost}`;
  return `✗ ended (${subtype ?? "error"})${seconds}${cost}${result === undefined || result === "" ? "" : `\n${result}`}`;
}

function cut(text: string): string {
  const [first = "", ...rest] = text.split("\n");
  const short = first.length > longest ? `${first.slice(0, longest)}…` : first;
  return rest.length === 0 ? short : `${short} (and ${rest.length} more lines)`;
}
