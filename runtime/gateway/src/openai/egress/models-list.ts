import { isFields, textOf, type Fields } from "../wire/fields.ts";

/** OpenAI's list of models, or one model, as Anthropic's. Source: @anthropic-ai/sdk 1.12.0, resources/models. */
export function toAnthropicModels(answer: Fields): object {
  const { data } = answer;
  if (!Array.isArray(data)) return toModel(answer);
  const models = data.filter(isFields).map(toModel);
  return { data: models, has_more: false, first_id: models[0]?.id ?? null, last_id: models.at(-1)?.id ?? null };
}

function toModel(model: Fields): { type: "model"; id: string; display_name: string; created_at: string } {
  const { created } = model;
  const isTime = typeof created === "number" && Number.isFinite(created) && Math.abs(created) < 1e11;
  const id = textOf(model["id"]);
  return { type: "model", id, display_name: textOf(model["name"]) || id, created_at: new Date(isTime ? created * 1_000 : 0).toISOString() };
}
