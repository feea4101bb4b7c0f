/** What Anthropic would not know, and what belongs to OpenAI's accounts. */
const dropped = (name: string): boolean => name.startsWith("openai-") || name.startsWith("anthropic-") || name === "content-length" || name === "content-type";

/** The headers of a caller of OpenAI's API as a Messages caller sends them. Shape: names and values in turn. */
export function toMessagesHeaders(rawHeaders: readonly string[]): string[] {
  const headers: string[] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2)
    if (!dropped((rawHeaders[index] as string).toLowerCase())) headers.push(rawHeaders[index] as string, rawHeaders[index + 1] as string);
  headers.push("anthropic-version", "2023-06-01", "content-type", "application/json");
  return headers;
}

/** Whether a caller of a path that both APIs have speaks OpenAI's: Anthropic's clients name a version or send `x-api-key`. */
export const isOpenAiCaller = (headers: Record<string, unknown>): boolean =>
  headers["anthropic-version"] === undefined && headers["x-api-key"] === undefined && headers["authorization"] !== undefined;
