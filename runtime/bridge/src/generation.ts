import type { StreamEvent } from "./anthropic/events.ts";
import type { GeminiClient } from "./gemini/client.ts";
import type { GenerateContentRequest } from "./gemini/types.ts";
import type { Reply } from "./translation/reply.ts";

export interface Generation {
  client: GeminiClient;
  model: string;
  request: GenerateContentRequest;
  reply: Reply;
  signal: AbortSignal;
}

/** An answer may go over this many requests: a million tokens at the 65,536 that Gemini 4 gives at a time. */
const maxRequests = 20;

/**
 * Asks Gemini and yields the answer's events. An answer that Gemini cuts at its limit for one request is gone on with, by its token.
 * Throws: BridgeError; what aborted the signal.
 */
export async function* generate({ client, model, request, reply, signal }: Generation): AsyncGenerator<StreamEvent[], void> {
  let continuationToken: string | undefined;
  for (let requests = 0; requests < maxRequests; requests++) {
    const body = continuationToken === undefined ? request : { ...request, continuationToken };
    try {
      for await (const chunk of client.stream(model, body, signal)) {
        const events = reply.chunk(chunk);
        if (events.length > 0) yield events;
      }
    } catch (thrown) {
      // What breaks after the last word harms nobody.
      if (signal.aborted || !reply.complete) throw thrown;
    }
    continuationToken = reply.endOfRequest();
    if (continuationToken === undefined) break;
  }
  yield reply.end();
}
