import { OracleError } from "./oracle-api.ts";

/** What a failed try to get a machine means for the next one. */
export type Verdict =
  /** No machine is free there: another place may have one. */
  | "elsewhere"
  /** Asked too often: the same again, after a longer pause. */
  | "slower"
  /** No answer, or one that tells nothing: the same request again, by the same token, since it may have succeeded. */
  | "again"
  /** Waiting changes nothing: limits, rights, mistakes. */
  | "stop";

/** Source: Oracle docs, API errors; "Out of host capacity" comes as a 500 (cluster-api-provider-oci, thread 133). */
export function judge(thrown: unknown): Verdict {
  if (!(thrown instanceof OracleError)) return "again";
  const { status, code, message } = thrown;
  if (/out of (host )?capacity/i.test(message)) return "elsewhere";
  if (status === 429 || code === "TooManyRequests") return "slower";
  if (/LimitExceeded|QuotaExceeded/.test(`${code} ${message}`)) return "stop";
  return status >= 500 || status === 408 ? "again" : "stop";
}
