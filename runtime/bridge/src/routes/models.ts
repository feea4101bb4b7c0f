import type { Clock } from "@freehold/kernel/clock";
import type { Log } from "@freehold/kernel/log";
import type { Request, Response } from "express";
import { fault } from "../errors.ts";
import type { GeminiClient } from "../gemini/client.ts";
import { profileOf } from "../gemini/profiles.ts";
import type { GeminiModel } from "../gemini/wire.ts";
import type { ModelMap } from "../model-map.ts";

interface ModelParts {
  client: GeminiClient;
  map: ModelMap;
  clock: Clock;
  log: Log;
}

/** Source: platform.claude.com, Models API; @anthropic-ai/sdk 1.12.0, ModelInfo. */
interface ModelInfo {
  type: "model";
  id: string;
  display_name: string;
  created_at: string;
  max_input_tokens: number | null;
  max_tokens: number;
}

/** Units: milliseconds. How long Google's list holds, and how long it may take. */
const listMs = 3_600_000;
const listTimeoutMs = 5_000;

/** `GET /v1/models` and `/v1/models/:id`: the names of the map whose models Google offers; all of them while Google can't be asked. */
export function modelRoutes({ client, map, clock, log }: ModelParts) {
  let known: { models: GeminiModel[]; until: number } | undefined;
  const offered = async (): Promise<GeminiModel[] | undefined> => {
    if (known !== undefined && known.until > clock.now()) return known.models;
    try {
      known = { models: await client.models(AbortSignal.timeout(listTimeoutMs)), until: clock.now() + listMs };
    } catch (error) {
      log.warn("models.unavailable", { error });
    }
    return known?.models;
  };
  const infos = async (): Promise<ModelInfo[]> => {
    const models = await offered();
    return map.names().flatMap(({ name, model }) => {
      const found = models?.find((each) => each.name === model);
      return models !== undefined && found === undefined ? [] : [toInfo(name, model, found)];
    });
  };
  return {
    async list(_request: Request, response: Response): Promise<void> {
      const data = await infos();
      response.json({ data, has_more: false, first_id: data[0]?.id ?? null, last_id: data.at(-1)?.id ?? null });
    },
    async one(request: Request, response: Response): Promise<void> {
      const id = String(request.params["id"]);
      const found = (await infos()).find((info) => info.id === id);
      if (found === undefined) throw fault("model.unknown", `model: ${id.slice(0, 100)} is not offered here`);
      response.json(found);
    },
  };
}

const toInfo = (id: string, model: string, found: GeminiModel | undefined): ModelInfo => ({
  type: "model",
  id,
  display_name: id === model ? (found?.displayName ?? model) : `${id} (${found?.displayName ?? model})`,
  // Google doesn't say; Anthropic allows the epoch where the date is unknown.
  created_at: "1970-01-01T00:00:00Z",
  max_input_tokens: found?.inputTokenLimit ?? null,
  max_tokens: found?.outputTokenLimit ?? profileOf(model).maxOutputTokens,
});
