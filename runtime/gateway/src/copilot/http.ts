import { request } from "undici";

/** An answer of GitHub's, with what its body says. */
export interface JsonAnswer {
  status: number;
  body: Record<string, unknown>;
}

export interface JsonCall {
  method: "GET" | "POST";
  headers?: Record<string, string>;
  body?: object;
}

/** Throws: whatever the connection throws; a body that is no JSON object reads as an empty one. */
export type SendJson = (url: string, call: JsonCall) => Promise<JsonAnswer>;

/** Units: milliseconds. */
const patienceMs = 10_000;

export const sendJson: SendJson = async (url, { method, headers = {}, body }) => {
  const response = await request(url, {
    method,
    headers: {
      accept: "application/json",
      "user-agent": "freehold-gateway",
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...headers,
    },
    body: body === undefined ? null : JSON.stringify(body),
    headersTimeout: patienceMs,
    bodyTimeout: patienceMs,
  });
  const text = await response.body.text();
  try {
    const parsed: unknown = JSON.parse(text);
    return { status: response.statusCode, body: typeof parsed === "object" && parsed !== null ? (parsed as Record<string, unknown>) : {} };
  } catch {
    return { status: response.statusCode, body: {} };
  }
};
