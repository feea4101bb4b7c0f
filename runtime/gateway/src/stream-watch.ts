import { mergeUsage, noUsage, parseObject, type Usage } from "./usage.ts";

const messageMark = Buffer.from("message_");
const errorMark = Buffer.from("error");

/** Watches a stream's events as they pass: usage, the model, and whether it has come to its end. Only `message_stop` means complete. */
export class StreamWatch {
  usage: Usage = noUsage;
  model: string | undefined;
  isComplete = false;
  hasFailed = false;

  /** Takes whole events. Most carry text deltas; they are told apart by two searches and not parsed. */
  see(events: Buffer): void {
    if (!events.includes(messageMark) && !events.includes(errorMark)) return;
    for (const event of events.toString("utf8").split(/\r?\n\r?\n/)) if (event.includes("message_") || event.includes("error")) this.#read(event);
  }

  #read(event: string): void {
    const data = event
      .split(/\r?\n/)
      .filter((line) => line.startsWith("data:"))
      .map((line) => line.slice(5))
      .join("\n");
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
        this.hasFailed = true;
    }
  }

  #start(message: unknown): void {
    const { usage, model } = (message ?? {}) as { usage?: unknown; model?: unknown };
    this.usage = mergeUsage(this.usage, usage);
    if (typeof model === "string") this.model = model;
  }
}
