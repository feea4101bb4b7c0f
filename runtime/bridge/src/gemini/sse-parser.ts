/** Takes bytes as they come and gives the data of each complete event. Source: WHATWG HTML, section "Server-sent events". */
export interface SseParser {
  push(bytes: Uint8Array): string[];
}

/** An event bigger than this is not an answer of Gemini's. Units: characters. */
const limit = 64 * 1024 * 1024;

/** Throws (from `push`): RangeError for an event without end. */
export function createSseParser(): SseParser {
  const decoder = new TextDecoder();
  let line = "";
  let data: string[] = [];
  let size = 0;
  const take = (text: string): string | undefined => {
    if (text === "") {
      const event = data.length > 0 ? data.join("\n") : undefined;
      data = [];
      size = 0;
      return event;
    }
    if (text.startsWith("data:")) data.push(text.slice(text[5] === " " ? 6 : 5));
    return undefined;
  };
  return {
    push(bytes) {
      const lines = (line + decoder.decode(bytes, { stream: true })).split("\n");
      line = lines.pop() ?? "";
      size += bytes.length;
      if (size > limit) throw new RangeError(`An event has more than ${limit} characters.`);
      return lines.map((text) => take(text.endsWith("\r") ? text.slice(0, -1) : text)).filter((event) => event !== undefined);
    },
  };
}
