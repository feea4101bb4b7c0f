interface LogLine {
  level?: string;
  event?: string;
  reason?: string;
  port?: number;
  [field: string]: unknown;
}

const hidden = new Set(["level", "time", "service", "event"]);
const shown = new Set(["warn", "error"]);

/** A line of a service's log as its fields; undefined for a line that is meant for people. */
export function parseLine(line: string): LogLine | undefined {
  if (!line.startsWith('{"level":')) return undefined;
  try {
    return JSON.parse(line) as LogLine;
  } catch {
    return undefined;
  }
}

/** A log line for a terminal: warnings and errors on one line each, in short; undefined for what need not be seen. */
export function renderLine(line: LogLine): string | undefined {
  if (!shown.has(line.level ?? "") || line.event === "service.start-failed") return undefined;
  const fields = Object.entries(line)
    .filter(([name]) => !hidden.has(name))
    .map(([name, value]) => `${name}=${brief(value)}`);
  return [`${line.level}: ${line.event}`, ...fields].join(" ");
}

/** Of an error its message alone: its stack is for the log. */
function brief(value: unknown): string {
  const message = (value as { message?: unknown } | null)?.message;
  return JSON.stringify(message ?? value);
}
