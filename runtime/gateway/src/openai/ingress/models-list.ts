import { isFields, textOf, type Fields } from "../wire/fields.ts";

/** Anthropic's list of models, or one model, as OpenAI's. Source: openai 7.57.0, resources/models. */
export function toOpenAiModels(answer: Fields): object {
  const { data } = answer;
  return Array.isArray(data) ? { object: "list", data: data.filter(isFields).map(toModel) } : toModel(answer);
}

function toModel(model: Fields): object {
  const createdMs = Date.parse(textOf(model["created_at"]));
  const id = textOf(model["id"]);
  const owner = id.startsWith("claude-") ? "anthropic" : "freehold";
  return { id, object: "model", created: Number.isNaN(createdMs) ? 0 : Math.floor(createdMs / 1_000), owned_by: owner };
}
