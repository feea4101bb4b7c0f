import { asText } from "@freehold/kernel/text";

/** The last thing that Claude Code says of a run. Source: Claude Code 2.1.329, `--output-format stream-json`. */
export interface ResultEvent {
  subtype: string;
  isError: boolean;
  text: string | null;
  apiErrorStatus: number | null;
  errors: string[];
  /** Names of the tools that were denied. */
  deniedTools: string[];
}

/** What the upstream said of the account's limits, as Claude Code passes it on. Units: milliseconds since 1970. */
export interface RateLimit {
  status: string;
  resetsAtMs: number | null;
  isUsingOverage: boolean;
}

const tailLines = 20;

/**
 * Reads a log as it comes, in any pieces, and keeps what decides the outcome: the newest result, the newest API error, the end of stderr.
 * A line over the limit is skipped: no event that matters is that long.
 */
export class StreamEvents {
  result: ResultEvent | null = null;
  /** The upstream's own word for its newest error, such as `billing_error`. */
  apiErrorType: string | null = null;
  rateLimit: RateLimit | null = null;
  readonly stderr: string[] = [];
  /** The end of what is no event: Claude Code may say its last words in plain text. */
  readonly plain: string[] = [];
  #rest: Buffer[] = [];
  #restSize = 0;
  readonly #maxLineBytes: number;
  readonly #results: boolean;

  /** Without `results` only stderr is kept: what a command prints may look like a result and is none. */
  constructor({ maxLineBytes = 16_777_216, results = true } = {}) {
    this.#maxLineBytes = maxLineBytes;
    this.#results = results;
  }

  push(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(0x0a); end !== -1; end = chunk.indexOf(0x0a, start)) {
      this.#keep(chunk.subarray(start, end));
      if (this.#restSize <= this.#maxLineBytes) this.#line(Buffer.concat(this.#rest));
      this.#rest = [];
      this.#restSize = 0;
      start = end + 1;
    }
    this.#keep(chunk.subarray(start));
  }

  #keep(piece: Buffer): void {
    this.#restSize += piece.length;
    // A copy, so that a small rest does not hold a large network buffer.
    if (this.#restSize <= this.#maxLineBytes) this.#rest.push(Buffer.from(piece));
    else this.#rest = [];
  }

  #line(bytes: Buffer): void {
    // Parsing each line would cost more than all the rest; only these few can matter.
    if (bytes[0] !== 0x7b) return this.#plainLine(bytes);
    if (!wanted.some((mark) => bytes.includes(mark))) return;
    const event = parsed(bytes);
    if (event === undefined) return;
    if (event["type"] === "freehold" && typeof event["text"] === "string") keepTail(this.stderr, event["text"].slice(0, 500));
    else if (!this.#results) return;
    else if (event["type"] === "result") this.result = resultOf(event);
    else if (event["type"] === "rate_limit_event") this.rateLimit = rateLimitOf(event["rate_limit_info"]) ?? this.rateLimit;
    else if (event["is_api_error_message"] === true) this.#apiError(event);
  }

  #plainLine(bytes: Buffer): void {
    if (this.#results) keepTail(this.plain, bytes.toString("utf8", 0, Math.min(bytes.length, 500)));
  }

  #apiError(event: Record<string, unknown>): void {
    this.apiErrorType = typeof event["api_error_type"] === "string" ? event["api_error_type"] : null;
    this.rateLimit = rateLimitOf((event["api_error_params"] as { rate_limit_info?: unknown } | null | undefined)?.rate_limit_info) ?? this.rateLimit;
  }
}

const wanted = ['"type":"result"', '"is_api_error_message":true', '"type":"freehold"', '"type":"rate_limit_event"'];

function keepTail(lines: string[], line: string): void {
  if (line.trim() === "") return;
  lines.push(line);
  if (lines.length > tailLines) lines.shift();
}

/** Source: Claude Code 2.1.329, `rate_limit_info`; its times are in seconds. */
function rateLimitOf(info: unknown): RateLimit | null {
  if (typeof info !== "object" || info === null) return null;
  const { status, resetsAt, isUsingOverage } = info as Record<string, unknown>;
  return { status: asText(status), resetsAtMs: typeof resetsAt === "number" ? resetsAt * 1_000 : null, isUsingOverage: isUsingOverage === true };
}

function parsed(bytes: Buffer): Record<string, unknown> | undefined {
  try {
    return JSON.parse(bytes.toString("utf8")) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

function resultOf(event: Record<string, unknown>): ResultEvent {
  const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
  return {
    subtype: asText(event["subtype"]),
    isError: event["is_error"] !== false,
    text: typeof event["result"] === "string" ? event["result"] : null,
    apiErrorStatus: typeof event["api_error_status"] === "number" ? event["api_error_status"] : null,
    errors: list(event["errors"]).map(asText),
    deniedTools: [...new Set(list(event["permission_denials"]).map((denial) => asText((denial as { tool_name?: unknown } | null)?.tool_name ?? "a tool")))],
  };
}
