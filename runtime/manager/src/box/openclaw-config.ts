import { addressOf, openClawPort } from "./box-place.ts";
import type { OfferedModel, OpenClawSettings } from "./tenant-box.ts";

/** What openclaw.json is made of besides its present content. */
export interface ConfigInput {
  settings: OpenClawSettings;
  /** Of the tenant's network. */
  subnet: string;
  gatewayPort: number;
}

type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };
export type JsonObject = { readonly [name: string]: Json };

const provider = "freehold";

/** The home's share of openclaw.json: each leaf of it is put back at every start, whatever the tenant made of it. */
export function enforced({ settings, subnet, gatewayPort }: ConfigInput): JsonObject {
  return {
    gateway: {
      mode: "local",
      port: openClawPort,
      bind: "lan",
      auth: {
        mode: "token",
        token: { source: "env", provider: "default", id: "OPENCLAW_GATEWAY_TOKEN" },
        rateLimit: { maxAttempts: 10, windowMs: 60_000, lockoutMs: 300_000 },
      },
      // The edge, and the probe inside the container, which asks as the edge would.
      trustedProxies: [addressOf(subnet, "edge"), addressOf(subnet, "tenant")],
      controlUi: { allowedOrigins: [...settings.origins] },
      http: { endpoints: { chatCompletions: { enabled: true } } },
    },
    models: {
      mode: "merge",
      providers: {
        [provider]: {
          baseUrl: `http://gateway:${gatewayPort}`,
          api: "anthropic-messages",
          apiKey: "${FREEHOLD_KEY}",
          models: settings.models.map(modelEntry),
        },
      },
    },
    // A tenant's version is the home's to choose, and nothing about the tenant is told to anybody.
    update: { checkOnStart: false, auto: { enabled: false } },
    telemetry: { enabled: false },
    skills: { install: { allowUploadedArchives: false } },
  };
}

const modelEntry = ({ id, name, contextWindow, maxTokens, images }: OfferedModel): JsonObject => ({
  id,
  name,
  contextWindow,
  maxTokens,
  input: images ? ["text", "image"] : ["text"],
});

/** The content of openclaw.json: the tenant's own, with the home's share put over it. Equal input gives equal output, so that an unchanged file need not be written. */
export function mergedConfig(present: JsonObject, input: ConfigInput): JsonObject {
  return withModel(overlaid(present, enforced(input)), input.settings);
}

/** The tenant may choose among the models that the home offers; any other choice would reach no model. */
function withModel(config: JsonObject, { models }: OpenClawSettings): JsonObject {
  const model = at(config, ["agents", "defaults", "model"]);
  const chosen = typeof model === "string" ? model : at(model ?? null, ["primary"]);
  if (models.some(({ id }) => chosen === `${provider}/${id}`)) return config;
  return overlaid(config, { agents: { defaults: { model: { primary: `${provider}/${models[0].id}` } } } });
}

const isObject = (value: Json | undefined): value is JsonObject => typeof value === "object" && value !== null && !Array.isArray(value);

function at(value: Json, path: readonly string[]): Json | undefined {
  return path.reduce<Json | undefined>((inner, name) => (isObject(inner) ? inner[name] : undefined), value);
}

/** Objects are joined field by field; of everything else, and below what is replaced as one, the right side stands. */
function overlaid(left: JsonObject, right: JsonObject, path: readonly string[] = []): JsonObject {
  const result: Record<string, Json> = { ...left };
  for (const [name, value] of Object.entries(right)) {
    const before = result[name];
    const here = [...path, name];
    result[name] = isObject(value) && isObject(before) && !replacedWhole.has(here.join(".")) ? overlaid(before, value, here) : value;
  }
  return result;
}

/** A field that a tenant adds beside ours in these would change what they mean. */
const replacedWhole = new Set(["gateway.auth", `models.providers.${provider}`]);
