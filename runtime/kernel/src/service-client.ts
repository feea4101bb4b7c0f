import { request, type Dispatcher } from "undici";
import { AppError, messageOf, systemCodeOf } from "./errors.ts";
import type { Metrics } from "./metrics.ts";
import type { Secret } from "./secret.ts";

export interface CallOptions {
  method?: "GET" | "PUT" | "POST" | "PATCH" | "DELETE";
  body?: unknown;
  signal?: AbortSignal | undefined;
  /** Units: milliseconds between two bytes of the answer; 0 waits for ever. */
  bodyTimeoutMs?: number;
  /** Units: milliseconds until the answer begins. */
  headersTimeoutMs?: number;
  /** For whom the caller asks; itself unless given. */
  actor?: string;
}

/** Calls of one other service of the home. */
export interface ServiceClient {
  json<T>(path: string, options?: CallOptions): Promise<T>;
  stream(path: string, options?: CallOptions): Promise<AsyncIterable<Buffer>>;
}

export interface ServiceClientSettings {
  /** Who calls; begins the names of the metrics. */
  caller: "worker" | "manager";
  /** Who is called. */
  service: "manager" | "gateway" | "backup";
  baseUrl: string;
  token: Secret;
  metrics: Metrics;
}

export function createServiceClient({ caller, service, baseUrl, token, metrics }: ServiceClientSettings): ServiceClient {
  const name = `freehold_${caller}_${service}`;
  const seconds = metrics.histogram(`${name}_seconds`, `Duration of calls to the ${service}, to the first byte of the answer.`, ["method"]);
  const errors = metrics.counter(`${name}_errors_total`, `Calls to the ${service} that failed.`, ["method"]);
  const call = async (path: string, options: CallOptions = {}) => {
    const method = options.method ?? "GET";
    const done = seconds.startTimer({ method });
    try {
      const response = await request(`${baseUrl}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${token.reveal()}`,
          "content-type": "application/json",
          "x-freehold-actor": encodeURIComponent((options.actor ?? caller).toWellFormed()),
        },
        body: options.body === undefined ? null : JSON.stringify(options.body),
        signal: options.signal ?? null,
        headersTimeout: options.headersTimeoutMs ?? 30_000,
        bodyTimeout: options.bodyTimeoutMs ?? 30_000,
      });
      if (response.statusCode >= 400) throw await refusal(service, response);
      return response;
    } catch (thrown) {
      errors.inc({ method });
      throw thrown instanceof AppError || options.signal?.aborted === true ? thrown : unreachable(service, baseUrl, thrown);
    } finally {
      done();
    }
  };
  return {
    json: async <T>(path: string, options?: CallOptions) => {
      const { statusCode, body } = await call(path, options);
      const text = await body.text().catch((thrown: unknown) => {
        throw unreachable(service, baseUrl, thrown);
      });
      return (statusCode === 204 || text === "" ? undefined : JSON.parse(text)) as T;
    },
    stream: async (path, options) => (await call(path, { bodyTimeoutMs: 0, ...options })).body,
  };
}

/** The service's own problem, kept with its code, so that callers can tell an unknown container from a missing image. */
async function refusal(service: string, { statusCode, body }: Dispatcher.ResponseData): Promise<AppError> {
  const text = await body.text().catch(() => "");
  const problem = parsed(text);
  const retryable = statusCode === 429 || statusCode >= 500 || /-busy$|not-started$/.test(problem.code ?? "");
  return new AppError(problem.code ?? `${service}.refused`, problem.detail ?? `The ${service} answered ${statusCode}: ${text.slice(0, 200)}`, {
    status: 502,
    retryable,
    details: { statusCode },
  });
}

function parsed(text: string): { code?: string; detail?: string } {
  try {
    return JSON.parse(text) as { code?: string; detail?: string };
  } catch {
    return {};
  }
}

const unreachable = (service: string, baseUrl: string, cause: unknown) =>
  new AppError(`${service}.away`, `The ${service} at ${baseUrl} can't be reached (${systemCodeOf(cause) ?? messageOf(cause)}).`, {
    status: 502,
    retryable: true,
    cause,
  });
