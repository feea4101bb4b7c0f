import { mergeUsage, noUsage, parseObject, type Usage } from "./usage.ts";

export interface StreamError {
  type: string;
  message: string;
}

/** Watches a stream's events as they pass: usage, the model, and whether it has come to its end. Only `message_stop` means complete. */
export class StreamWatch {
  usage: Usage = noUsage;
  model: string | undefined;
  hasStarted = false;
  isComplete = false;
  /** What an `error` event said. */
  error: StreamError | undefined;

  /** Takes whole events. Most carry text deltas; they are told apart by two searches, in a text of one character for each byte, and not parsed. */
  see(events: Buffer): void {
    const bytes = events.toString("latin1");
    if (!bytes.includes("message_") && !bytes.includes("error")) return;
    const text = events.toString("utf8");
    for (const event of text.split(text.includes("\r") ? /\r?\n\r?\n/ : "\n\n")) if (event.includes("message_") || event.includes("error")) this.#read(event);
  }

  #read(event: string): void {
    const data = dataOf(event);
    const told = parseObject(data);
    switch (told?.["type"]) {
      case "message_start":
        return this.#start(told["message"]);
      case "message_delta":
        this.usage = mergeUsage(this.usage, told["usage"]);
        return;
      case "message_stop":
        this.isComplete = true;
        return;
      case "error":
        this.#fail(told["error"]);
    }
  }

  #start(message: unknown): void {
    const { usage, model } = (message ?? {}) as { usage?: unknown; model?: unknown };
    this.hasStarted = true;
    this.usage = mergeUsage(this.usage, usage);
    if (typeof model === "string") this.model = model;
  }

  #fail(error: unknown): void {
    const { type, message } = (error ?? {}) as { type?: unknown; message?: unknown };
    this.error = { type: typeof type === "string" ? type : "api_error", message: typeof message === "string" ? message : "" };
  }
}

/** Whether there is more in these events than pings and comments: then the answer has begun. */
export function hasContent(events: Buffer): boolean {
  return events
    .toString("latin1")
    .split(/\r?\n\r?\n/)
    .some((event) => /^data:/m.test(event) && !/^event: ?ping\r?$/m.test(event) && !/^data: ?\{\s*"type":\s*"ping"/m.test(event));
}

/** The lines of an event's data, put together. Nearly every event has one. */
function dataOf(event: string): string {
  const start = event.startsWith("data:") ? 0 : event.indexOf("\ndata:") + 1;
  const end = event.indexOf("\n", start);
  if (end < 0 && event.startsWith("data:", start)) return event.slice(start + 5);
  return event
    .split(/\r?\n/)
    .filter((line) => line.startsWith("data:"))
    .map((line) => line.slice(5))
    .join("\n");
}
