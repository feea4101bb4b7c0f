import { dropEarly, takeEarly } from "./early.ts";
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
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE",
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

/** Sends a file as it is, and tells how much of it has gone: what fetch can't. Throws: ApiError. */
export const upload = <T>(method: "POST" | "PUT", path: string, { file, onProgress }: { file: File; onProgress: (share: number) => void }): Promise<T> =>
  new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open(method, path);
    request.setRequestHeader("accept", "application/json");
    request.setRequestHeader("content-type", "application/octet-stream");
    request.upload.addEventListener("progress", ({ loaded, total }) => onProgress(total === 0 ? 0 : loaded / total));
    request.addEventListener("error", () => {
      unreached();
      reject(new ApiError(0, "console.unreachable", `${file.name} did not arrive: the connection broke. Try it again.`));
    });
    request.addEventListener("load", () => {
      reached();
      const answer = new Response(request.responseText, { status: request.status });
      if (answer.ok) resolve(JSON.parse(request.responseText === "" ? "null" : request.responseText) as T);
      else void errorOf(answer).then(reject);
    });
    request.send(file);
  });

async function send(path: string, how: RequestInit): Promise<Response> {
  const isReading = (how.method ?? "GET") === "GET";
  if (!isReading) dropEarly();
  const early = isReading ? await takeEarly(path) : undefined;
  const response = early ?? (await ask(path, how));
  reached();
  if (!response.ok) throw await errorOf(response);
  return response;
}

const ask = (path: string, how: RequestInit) =>
  fetch(path, { ...how, credentials: "same-origin" }).catch((thrown: unknown) => {
    if (how.signal?.aborted === true) throw thrown;
    unreached();
    throw new ApiError(
      0,
      "console.unreachable",
      "The console can't be reached. Check your connection and whether this home is running: `npm run freehold -- status`.",
    );
  });

async function errorOf(response: Response): Promise<ApiError> {
  const problem = (await response.json().catch(() => ({}))) as { code?: string; detail?: string; retryAfterMs?: number };
  const detail = problem.detail ?? `The console answered with status ${response.status}.`;
  return new ApiError(response.status, problem.code ?? "console.unknown", detail, problem.retryAfterMs);
}
