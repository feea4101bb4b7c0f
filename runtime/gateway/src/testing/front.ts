import type { IncomingMessage, ServerResponse } from "node:http";
import { afterAll, afterEach, beforeAll } from "@jest/globals";
import { startUpstream, type ScriptedUpstream } from "../../../../tests/support/scripted-upstream.ts";
import { until } from "../../../../tests/support/until.ts";
import { answering, startGateway, upstreamKey, type TestGateway } from "./fixtures.ts";

export interface Front {
  upstream: ScriptedUpstream;
  gateway: TestGateway;
  /** A virtual key. */
  key: string;
  /** Sends a body with the key. */
  ask(body?: unknown, init?: { path?: string; headers?: Record<string, string>; signal?: AbortSignal }): Promise<Response>;
  /** What the provider answers from now on, once it has the whole request. */
  script(answer: (response: ServerResponse, body: Buffer, request: IncomingMessage) => void): void;
}

/** A gateway with short times for the tests of a file, unless they set others, in front of one provider that does what a test says. */
export function withGateway(settings: Record<string, string> = {}): Front {
  const front: Partial<Front> = {
    ask: (body = prompt, { path = "/v1/messages?beta=true", ...init } = {}) =>
      fetch(front.gateway!.url + path, {
        method: "POST",
        body: typeof body === "string" ? body : JSON.stringify(body),
        ...init,
        headers: { authorization: `Bearer ${front.key}`, ...init.headers },
      }),
    script: (answer) => front.upstream!.answer(answering(answer)),
  };
  beforeAll(async () => {
    front.upstream = await startUpstream();
    front.gateway = await startGateway({
      ANTHROPIC_API_KEY: upstreamKey,
      ANTHROPIC_BASE_URL: `${front.upstream.url}/base/`,
      UPSTREAM_FIRST_BYTE_TIMEOUT_MS: "300",
      UPSTREAM_ANSWER_TIMEOUT_MS: "300",
      UPSTREAM_IDLE_TIMEOUT_MS: "300",
      PING_AFTER_MS: "60",
      BODY_LIMIT_BYTES: "2000000",
      ...settings,
    });
    front.key = (await front.gateway.mint()).key;
  });
  afterAll(async () => {
    await front.gateway!.close();
    await front.upstream!.close();
  });
  afterEach(async () => {
    await until("no call left open upstream", () => front.upstream!.open() === 0, { timeoutMs: 2_000 });
    await front.gateway!.admin("/admin/providers/anthropic/reset", { method: "POST" });
  });
  return front as Front;
}

export const prompt = { model: "claude-opus-5-5", max_tokens: 10, messages: [{ role: "user", content: "a prompt that no log shows" }] };
export const stream = { ...prompt, stream: true };

export const errorOf = async (response: Response) =>
  (await response.json()) as { type: string; error: { type: string; message: string; details?: { error_code: string } }; request_id: string };

export const upstreamError = (type: string, message: string): string => JSON.stringify({ type: "error", error: { type, message }, request_id: "req_upstream" });
