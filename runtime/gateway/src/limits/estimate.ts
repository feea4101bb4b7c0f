import { perMinute, type Amounts, type Limits } from "./limits.ts";

/** English text and code have about four bytes a token. */
const bytesPerToken = 4;
/** Bodies from this size on are searched for images and documents, whose bytes are not tokens. */
const largeBytes = 65_536;
/** An image costs at most about this many tokens, and a page of a document about the same. Source: platform.claude.com, vision, 2026-11. */
const tokensPerBinary = 1_600;
/** A shorter value under "data" is text. */
const leastBinaryBytes = 1_024;

/** How many input tokens a body has, roughly. Units: tokens. */
export function estimateInputTokens(body: Buffer): number {
  if (body.length < largeBytes) return Math.ceil(body.length / bytesPerToken);
  const { bytes, count } = findBinaries(body);
  return Math.ceil((body.length - bytes) / bytesPerToken) + count * tokensPerBinary;
}

/** The base64 values in a body: `"data": "…"`, and `data:` addresses of the OpenAI dialect. */
function findBinaries(body: Buffer): { bytes: number; count: number } {
  const found = { bytes: 0, count: 0 };
  for (const mark of ['"data":', ";base64,"])
    for (let at = body.indexOf(mark); at >= 0; at = body.indexOf(mark, at + mark.length)) {
      const start = mark === '"data":' ? body.indexOf('"', at + mark.length) + 1 : at + mark.length;
      const end = start === 0 ? -1 : body.indexOf('"', start);
      if (end - start < leastBinaryBytes) continue;
      found.bytes += end - start;
      found.count += 1;
    }
  return found;
}

export interface Expected {
  inputTokens: number;
  outputTokens: number;
}

/** What is reserved for a call: never more than a whole limit, else it could not pass at all. */
export function reservedAmounts(limits: Limits, { inputTokens, outputTokens }: Expected): Amounts {
  return {
    requests: 1,
    inputTokens: Math.min(inputTokens, perMinute(limits, "inputTokens") ?? Number.POSITIVE_INFINITY),
    outputTokens: Math.min(outputTokens, perMinute(limits, "outputTokens") ?? Number.POSITIVE_INFINITY),
  };
}
