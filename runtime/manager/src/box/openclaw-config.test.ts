import { expect, test } from "@jest/globals";
import { mergedConfig, type JsonObject } from "./openclaw-config.ts";

const input = {
  settings: {
    origins: ["https://u1.home.example", "https://assistant.example"],
    models: [
      { id: "claude-sonnet-4-5", name: "Sonnet", contextWindow: 200_000, maxTokens: 8_192, images: true },
      { id: "claude-haiku-4-5", name: "Haiku", contextWindow: 200_000, maxTokens: 8_192, images: false },
    ],
  },
  subnet: "10.214.3.32/28",
  gatewayPort: 4_010,
} as const;
const whole = mergedConfig({}, input);

test("a new openclaw.json has the home's gateway as its only model provider, the token from the environment, and trusts the edge's address alone", () => {
  expect(whole).toEqual({
    gateway: {
      mode: "local",
      port: 18_789,
      bind: "lan",
      auth: {
        mode: "token",
        token: { source: "env", provider: "default", id: "OPENCLAW_GATEWAY_TOKEN" },
        rateLimit: { maxAttempts: 10, windowMs: 60_000, lockoutMs: 300_000 },
      },
      trustedProxies: ["10.214.3.35", "10.214.3.34"],
      controlUi: { allowedOrigins: ["https://u1.home.example", "https://assistant.example"] },
      http: { endpoints: { chatCompletions: { enabled: true } } },
    },
    models: {
      mode: "merge",
      providers: {
        freehold: {
          baseUrl: "http://gateway:4010",
          api: "anthropic-messages",
          apiKey: "${FREEHOLD_KEY}",
          models: [
            { id: "claude-sonnet-4-5", name: "Sonnet", contextWindow: 200_000, maxTokens: 8_192, input: ["text", "image"] },
            { id: "claude-haiku-4-5", name: "Haiku", contextWindow: 200_000, maxTokens: 8_192, input: ["text"] },
          ],
        },
      },
    },
    update: { checkOnStart: false, auto: { enabled: false } },
    telemetry: { enabled: false },
    skills: { install: { allowUploadedArchives: false } },
    agents: { defaults: { model: { primary: "freehold/claude-sonnet-4-5" } } },
  });
});

test("what the tenant added stays, in whatever depth, and the home's fields are put back beside it", () => {
  const own: JsonObject = {
    ...whole,
    gateway: { ...(whole["gateway"] as JsonObject), controlUi: { allowedOrigins: ["https://elsewhere.example"], basePath: "/ui" }, tls: { enabled: false } },
    channels: { telegram: { enabled: true, botToken: "1:x" } },
    agents: { defaults: { model: { primary: "freehold/claude-haiku-4-5", fallbacks: [] }, workspace: "/home/node/.openclaw/workspace" } },
    telemetry: { enabled: true },
  };
  const merged = mergedConfig(own, input);
  expect(merged["channels"]).toEqual(own["channels"]);
  expect(merged["agents"]).toEqual(own["agents"]);
  expect(merged["telemetry"]).toEqual({ enabled: false });
  expect(merged["gateway"]).toEqual({
    ...(whole["gateway"] as JsonObject),
    controlUi: { allowedOrigins: ["https://u1.home.example", "https://assistant.example"], basePath: "/ui" },
    tls: { enabled: false },
  });
});

test("a field that the tenant puts beside the home's in its way of logging in, or in its provider, does not stay", () => {
  const gateway = whole["gateway"] as JsonObject;
  const models = whole["models"] as { providers: { freehold: JsonObject } };
  const loosened = {
    ...whole,
    gateway: { ...gateway, auth: { ...(gateway["auth"] as JsonObject), password: "open", allowTailscale: true } },
    models: {
      ...models,
      providers: { freehold: { ...models.providers.freehold, headers: { "x-api-key": "other" } }, own: { baseUrl: "https://own.example" } },
    },
  } as JsonObject;
  const merged = mergedConfig(loosened, input) as typeof whole & { models: { providers: JsonObject } };
  expect((merged["gateway"] as JsonObject)["auth"]).toEqual(gateway["auth"]);
  expect(merged.models.providers).toEqual({ ...models.providers, own: { baseUrl: "https://own.example" } });
});

test.each(["anthropic/claude-opus-4-1", "freehold/gone", { primary: 7 }, null])(
  "the model %j, which the home does not offer, becomes the first that it offers",
  (model) => {
    const merged = mergedConfig({ agents: { defaults: { model } } }, input);
    expect(merged["agents"]).toEqual({ defaults: { model: { primary: "freehold/claude-sonnet-4-5" } } });
  },
);

test("a model of the home that is named in short stays, and a merged file merges to itself", () => {
  const short = mergedConfig({ agents: { defaults: { model: "freehold/claude-haiku-4-5" } } }, input);
  expect(short["agents"]).toEqual({ defaults: { model: "freehold/claude-haiku-4-5" } });
  for (const config of [whole, short]) expect(JSON.stringify(mergedConfig(config, input))).toBe(JSON.stringify(config));
});
