import { reached, unreached } from "./reachability.ts";

/** An answer that is an error: what happened, and what to do about it, in the service's own words. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly retryAfterMs: number | undefined;

  constructor(status: number, code: string, message: string, retryAfterMs?: number) {
    super(message);
    this.name = "ApiError";
    this.status = status;
    this.code = code;
    this.retryAfterMs = retryAfterMs;
  }
}

/** Asks the console's API. Throws: ApiError; with status 0 when the console can't be reached at all. */
export async function call<T>(
  method: "GET" | "POST" | "PATCH" | "DELETE",
  path: string,
  { body, signal }: { body?: unknown; signal?: AbortSignal } = {},
): Promise<T> {
  const response = await send(path, {
    method,
    headers: { accept: "application/json", ...(body === undefined ? {} : { "content-type": "application/json" }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal === undefined ? {} : { signal }),
  });
  const text = await response.text();
  return (text === "" ? undefined : JSON.parse(text)) as T;
}

/** The text of a job's file, up to a size. Units: bytes. */
export async function readText(path: string, signal?: AbortSignal): Promise<string> {
  const response = await send(path, signal === undefined ? {} : { signal });
  return response.text();
}

/** An answer that is read as it comes. Throws: as `call` does. */
export const stream = (path: string, body: unknown, signal: AbortSignal): Promise<Response> =>
  send(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body), signal });

async function send(path: string, how: RequestInit): Promise<Response> {
  const response = await fetch(path, { ...how, credentials: "same-origin" }).catch((thrown: unknown) => {
    if (how.signal?.aborted === true) throw thrown;
    unreached();
    throw new ApiError(
      0,
      "console.unreachable",
      "The console can't be reached. Check your connection and whether this home is running: `npm run freehold -- status`.",
    );
  });
  reached();
  if (!response.ok) throw await errorOf(response);
  return response;
}

async function errorOf(response: Response): Promise<ApiError> {
  const problem = (await response.json().catch(() => ({}))) as { code?: string; detail?: string; retryAfterMs?: number };
  const detail = problem.detail ?? `The console answered with status ${response.status}.`;
  return new ApiError(response.status, problem.code ?? "console.unknown", detail, problem.retryAfterMs);
}
