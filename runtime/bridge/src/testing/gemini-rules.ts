import { simulatedModels, type SimulatedModel } from "./gemini-models.ts";
import { checkSchema } from "./gemini-schema.ts";
import type { SimulatedContent, SimulatedPart, SimulatedRequest } from "./gemini-shape.ts";
import { GoogleRefusal, invalidArgument } from "./google-refusal.ts";

/** What the simulation has signed: signature → the model and what it signed. */
export type Signed = ReadonlyMap<string, { model: string; of: string }>;

/** Source: ai.google.dev/gemini-api/docs/thought-signatures, FAQ (2026-11). */
const skip = "skip_thought_signature_validator";

export function requireModel(name: string): SimulatedModel {
  const model = simulatedModels[name];
  if (model !== undefined) return model;
  throw new GoogleRefusal(404, `models/${name} is not found for API version v1beta, or is not supported for generateContent. Call ListModels to see the list.`);
}

/** Holds a request to what Gemini demands of it beyond its shape. Throws: GoogleRefusal in Google's words. */
export function checkRequest(modelName: string, request: SimulatedRequest, signed: Signed): void {
  const model = requireModel(modelName);
  checkTools(request);
  for (const content of request.contents) for (const part of content.parts) checkPart(part, content.role);
  checkOrder(request.contents, model);
  checkSignatures(request.contents, { modelName, model, signed });
  checkConfig(request, model);
}

const dataOf = ({ text, inlineData, functionCall, functionResponse }: SimulatedPart) =>
  [text, inlineData, functionCall, functionResponse].filter((data) => data !== undefined).length;

function checkPart(part: SimulatedPart, role: string): void {
  if (dataOf(part) !== 1) throw invalidArgument("* contents.parts.data: required oneof field 'data' must have one initialized field");
  if (part.functionCall !== undefined && role !== "model") throw invalidArgument("Function calls must stand in a turn of the model.");
  if (part.functionResponse !== undefined && role !== "user") throw invalidArgument("Function responses must stand in a turn of the user.");
}

const calls = ({ parts }: SimulatedContent) => parts.flatMap((part) => (part.functionCall === undefined ? [] : [part.functionCall]));
const responses = ({ parts }: SimulatedContent) => parts.flatMap((part) => (part.functionResponse === undefined ? [] : [part.functionResponse]));

function checkOrder(contents: SimulatedContent[], model: SimulatedModel): void {
  for (const [index, content] of contents.entries()) {
    const before = contents[index - 1];
    const asked = before === undefined ? [] : calls(before);
    const answered = responses(content);
    if (answered.length > 0 && answered.length < content.parts.length)
      throw invalidArgument("Please ensure that function response turn comes immediately after a function call turn. (It holds other parts.)");
    if (answered.length > 0 && asked.length === 0)
      throw invalidArgument("Please ensure that function response turn comes immediately after a function call turn.");
    if (calls(content).length > 0 && before?.role !== "user")
      throw invalidArgument("Please ensure that function call turn comes immediately after a user turn or after a function response turn.");
    if (asked.length !== answered.length)
      throw invalidArgument(
        "Please ensure that the number of function response parts is equal to the number of function call parts of the function call turn.",
      );
    for (const { id, name } of answered)
      if (!asked.some((call) => call.name === name && call.id === id)) throw invalidArgument(`The function response ${name} (${id}) answers no function call.`);
  }
  const last = contents.at(-1);
  if (last !== undefined && calls(last).length > 0) throw invalidArgument("Please ensure that function call turn is followed by a function response turn.");
  if (last?.role === "model" && !model.prefill)
    throw invalidArgument("Please ensure that the request ends with a user turn; this model takes no prefilled answer.");
}

interface SignatureRules {
  modelName: string;
  model: SimulatedModel;
  signed: Signed;
}

/** Only the current turn is held to it: what follows the user's last own words. Of parallel calls the first is signed. */
function checkSignatures(contents: SimulatedContent[], { modelName, model, signed }: SignatureRules): void {
  for (const part of contents.flatMap(({ parts }) => parts)) {
    if (part.thoughtSignature === undefined || part.thoughtSignature === skip) continue;
    const known = signed.get(part.thoughtSignature);
    if (known === undefined || known.model !== modelName) throw invalidArgument("Corrupted thought signature.");
    if (known.of !== (part.functionCall?.name ?? "thought")) throw invalidArgument("Invalid thought signature.");
  }
  if (!model.signed) return;
  const begin = contents.findLastIndex((content) => content.role === "user" && responses(content).length === 0);
  for (const content of contents.slice(begin + 1)) {
    const position = content.parts.findIndex((part) => part.functionCall !== undefined);
    const first = content.parts[position];
    if (first !== undefined && first.thoughtSignature === undefined)
      throw invalidArgument(
        `Function call is missing a thought_signature in functionCall parts. This is required for tools to work correctly, and missing thought_signature may lead to degraded model performance. Additional data, function call \`default_api:${first.functionCall?.name}\` , position ${position + 1}. Please refer to https://ai.google.dev/gemini-api/docs/thought-signatures for more details.`,
      );
  }
}

function checkTools({ tools = [], toolConfig }: SimulatedRequest): void {
  const declared = tools.flatMap(({ functionDeclarations }) => functionDeclarations);
  const names = new Set<string>();
  for (const { name, parametersJsonSchema: schema } of declared) {
    if (names.has(name)) throw invalidArgument(`Duplicate function declaration found: ${name}`);
    names.add(name);
    if (schema === undefined) continue;
    checkSchema(schema, `tools.functionDeclarations.${name}`);
    const { type, $ref: reference } = schema as { type?: unknown; $ref?: unknown };
    if (type !== "object" && reference === undefined) throw invalidArgument(`${name}: parameters must be an object`);
  }
  const config = toolConfig?.functionCallingConfig;
  if (config === undefined) return;
  if (names.size === 0) throw invalidArgument("Function calling config is set without function_declarations.");
  if (config.allowedFunctionNames === undefined) return;
  if (config.mode !== "ANY" && config.mode !== "VALIDATED")
    throw invalidArgument("Allowed function names should only be set when the mode is ANY or VALIDATED.");
  if (config.allowedFunctionNames.some((name) => !names.has(name))) throw invalidArgument("Allowed function names must be declared.");
}

function checkConfig({ generationConfig: config = {}, tools }: SimulatedRequest, model: SimulatedModel): void {
  const { maxOutputTokens = 1, thinkingConfig: { thinkingBudget: budget, thinkingLevel: level } = {}, responseMimeType, responseJsonSchema } = config;
  if (maxOutputTokens > model.outputTokenLimit)
    throw invalidArgument(
      `Unable to submit request because it has a maxOutputTokens value of ${maxOutputTokens} but the supported range is from 1 (inclusive) to ${model.outputTokenLimit + 1} (exclusive).`,
    );
  if (budget !== undefined && level !== undefined) throw invalidArgument("You can only set only one of thinking budget and thinking level.");
  const [low, high] = model.thinking;
  if (level !== undefined && !model.thinking.some((each) => each === level)) throw invalidArgument(`Thinking level ${level} is not supported for this model.`);
  if (budget !== undefined && typeof low !== "number") throw invalidArgument("Thinking budget is not supported for this model.");
  if (budget !== undefined && budget !== -1 && (budget < Number(low) || budget > Number(high)))
    throw invalidArgument(`The thinking budget ${budget} is invalid. Please choose a value between ${low} and ${high}.`);
  if (responseJsonSchema === undefined) return;
  if (responseMimeType !== "application/json") throw invalidArgument("A response schema needs response_mime_type application/json.");
  if (tools !== undefined && !model.signed) throw invalidArgument("Function calling with a response mime type: 'application/json' is unsupported");
  checkSchema(responseJsonSchema, "generationConfig.responseJsonSchema");
}
