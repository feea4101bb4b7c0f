import type { Queryable } from "@freehold/kernel/postgres";

/** A booked request, as its owner sees it. Units: tokens, US dollars, milliseconds. */
export interface BookedRequest {
  id: string;
  startedAt: Date;
  keyId: string;
  /** Null for a key that is no longer kept. */
  keyName: string | null;
  jobId: string | null;
  sessionId: string | null;
  model: string | null;
  provider: string;
  status: number;
  outcome: string;
  streamed: boolean;
  inputTokens: number;
  outputTokens: number;
  cacheReadTokens: number;
  cacheWriteTokens: number;
  /** Null: its model has no known price. */
  costUsd: number | null;
  firstByteMs: number | null;
  durationMs: number;
  upstreamRequestId: string | null;
  /** Whether its body is kept. */
  hasBody: boolean;
}

/** Where a page begins: after this request. */
export interface Place {
  startedAt: string;
  id: string;
}

export interface RequestFilter {
  outcome?: string | undefined;
  provider?: string | undefined;
  model?: string | undefined;
  keyId?: string | undefined;
  jobId?: string | undefined;
}

/** Lists requests, newest first; one more than `limit` tells that there are others. */
export async function listRequests(
  db: Queryable,
  filter: RequestFilter,
  { after, limit }: { after: Place | undefined; limit: number },
): Promise<BookedRequest[]> {
  const { rows } = await db.query<BookedRequest>(
    `select requests.id, started_at as "startedAt", key_id as "keyId", virtual_keys.name as "keyName", requests.job_id as "jobId", session_id as "sessionId",
       model, provider, status, outcome, streamed, input_tokens::float8 as "inputTokens", output_tokens::float8 as "outputTokens",
       cache_read_tokens::float8 as "cacheReadTokens", (cache_write_5m_tokens + cache_write_1h_tokens)::float8 as "cacheWriteTokens", cost_usd as "costUsd",
       first_byte_ms as "firstByteMs", duration_ms as "durationMs", upstream_request_id as "upstreamRequestId",
       exists (select from request_bodies where request_id = requests.id) as "hasBody"
     from requests left join virtual_keys on virtual_keys.id = key_id
     where ($1::timestamptz is null or (started_at, requests.id) < ($1, $2))
       and ($3::text is null or outcome = $3) and ($4::text is null or provider = $4) and ($5::text is null or model = $5)
       and ($6::uuid is null or key_id = $6) and ($7::text is null or requests.job_id = $7)
     order by started_at desc, requests.id desc limit $8`,
    [
      after?.startedAt ?? null,
      after?.id ?? null,
      filter.outcome ?? null,
      filter.provider ?? null,
      filter.model ?? null,
      filter.keyId ?? null,
      filter.jobId ?? null,
      limit,
    ],
  );
  return rows;
}
