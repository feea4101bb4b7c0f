/** Sums over the requests of one group. Units: tokens, US dollars. */
export interface UsageGroup {
  /** The day, the model, the key's id or the job's id; null where a request named no model. */
  group: string | null;
  /** The name of a key; null for all else. */
  name: string | null;
  /** Who answered; told apart for models alone, since one model may cost something here and nothing there. */
  provider: string | null;
  requests: number;
  failedRequests: number;
  /** Answered by the rehearsal model, which costs nothing. */
  rehearsalRequests: number;
  /** Completed requests whose model has no known price; their cost is not in `costUsd`. */
  unpricedRequests: number;
  inputTokens: number;
  outputTokens: number;
  cacheReadTokens: number;
  cacheWriteTokens: number;
  costUsd: number;
}
