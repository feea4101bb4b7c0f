import Anthropic, { APIError } from "@anthropic-ai/sdk";
import { afterAll, afterEach, beforeAll, beforeEach, expect } from "@jest/globals";
import { until } from "../../../../tests/support/until.ts";
import { bridgeToken, geminiKey, present, startBridge, type TestBridge } from "./fixtures.ts";
import { saying } from "./gemini-answers.ts";
import type { SimulatedCall } from "./gemini-simulator.ts";

export interface SdkScene {
  bridge: TestBridge;
  /** Anthropic's own client, pointed at the bridge. */
  client: Anthropic;
  /** A client anew, after the bridge has been restarted elsewhere. */
  connect(): void;
  lastCall(): SimulatedCall;
}

/** A bridge with short times for the tests of a file, whose Gemini says hello until a test wants something else. */
export function withSdk(): SdkScene {
  const scene: Partial<SdkScene> = {
    connect: () => void (scene.client = new Anthropic({ apiKey: bridgeToken, baseURL: present(scene.bridge).url, maxRetries: 0 })),
    lastCall: () => present(present(scene.bridge).gemini.calls.at(-1)),
  };
  beforeAll(async () => {
    scene.bridge = await startBridge({
      environment: { GEMINI_API_KEY: geminiKey, FIRST_BYTE_TIMEOUT_MS: "400", IDLE_TIMEOUT_MS: "400", PING_INTERVAL_MS: "60" },
    });
    scene.connect?.();
  });
  afterAll(() => scene.bridge?.close());
  beforeEach(() => {
    const { gemini } = present(scene.bridge);
    gemini.outage(undefined);
    gemini.script(saying("Hello", ", world"));
    gemini.calls.length = 0;
    gemini.refusals.length = 0;
  });
  afterEach(() => until("no call left open at Gemini", () => scene.bridge?.gemini.open() === 0, { timeoutMs: 2_000 }));
  return scene as SdkScene;
}

export const model = "claude-opus-5-5";
export const prompt = { model, max_tokens: 1_000, messages: [{ role: "user" as const, content: "Say hello" }] };
export const weather: Anthropic.Tool = {
  name: "get_weather",
  description: "The weather of a city",
  input_schema: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
};

/** The refusal that a call must end with. */
export async function failureOf(promise: Promise<unknown>): Promise<APIError> {
  const thrown: unknown = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(thrown).toBeInstanceOf(APIError);
  return thrown as APIError;
}

export const typeOf = ({ error }: APIError): string | undefined => (error as { error: { type: string } } | undefined)?.error.type;
