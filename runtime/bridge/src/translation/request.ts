import type { z } from "zod";
import { countRequest, messageRequest, type MessageRequest, type PromptRequest } from "../anthropic/request.ts";
import { profileOf } from "../gemini/profiles.ts";
import type { GenerateContentRequest } from "../gemini/types.ts";
import { toContents } from "./conversation.ts";
import { readOutput, toGenerationConfig } from "./generation.ts";
import { createNotes, invalid, join, read, untranslatable, type Notes } from "./notes.ts";
import { readTexts } from "./parts.ts";
import type { SignatureMemory } from "./signatures.ts";
import { readSystemMessages } from "./system-messages.ts";
import { planThinking, type ThinkingShown } from "./thinking.ts";
import type { ToolNames } from "./tool-names.ts";
import { planTools, readTool } from "./tools.ts";

export interface TranslationContext {
  /** The Gemini model for a name of the caller's. Throws: `model.unknown`. */
  modelFor(name: string): string;
  signatures: SignatureMemory;
  unknownFields: Notes["unknownFields"];
  headroomTokens: number;
}

/** What the answer's translation must know of the request. */
export interface Translation {
  /** The name that the caller used. */
  name: string;
  model: string;
  stream: boolean;
  request: GenerateContentRequest;
  shown: ThinkingShown;
  names: ToolNames;
  /** At most one tool use in the answer. */
  single: boolean;
  toolUseIds: ReadonlySet<string>;
  /** Fields without effect, for the caller to see. */
  ignored: readonly string[];
}

/** Deeper bodies exist to exhaust the stack. Units: levels. */
const maxDepth = 400;

/** A request to answer. Throws: `request.invalid`, `request.untranslatable`, `model.unknown`. */
export function translateRequest(body: unknown, context: TranslationContext): Translation {
  const notes = createNotes(context.unknownFields);
  const request = readBody(messageRequest, body, notes);
  const { prompt, output, ...rest } = translatePrompt(request, context, notes);
  const profile = profileOf(rest.model);
  const thinking = planThinking(request.thinking, rest.effort ?? output.effort, profile);
  if (request.thinking?.type === "enabled" && request.thinking.budget_tokens >= request.max_tokens)
    throw invalid("max_tokens", "must be greater than `thinking.budget_tokens`");
  const plans = { thinking, output, hasTools: prompt.tools !== undefined, profile, headroomTokens: context.headroomTokens };
  const generationConfig = toGenerationConfig(request, plans, notes);
  noteWithoutEffect(request, notes);
  return {
    ...rest,
    name: request.model,
    stream: request.stream ?? false,
    request: { ...prompt, generationConfig },
    shown: thinking.shown,
    ignored: [...notes.ignored].toSorted(),
  };
}

/** A request to count. Throws: as `translateRequest`. */
export function translateCount(body: unknown, context: TranslationContext): Pick<Translation, "name" | "model" | "request"> {
  const notes = createNotes(context.unknownFields);
  const request = readBody(countRequest, body, notes);
  const { prompt, model } = translatePrompt(request, context, notes);
  return { name: request.model, model, request: prompt };
}

function readBody<S extends z.ZodObject>(schema: S, body: unknown, notes: Notes): z.output<S> {
  if (typeof body !== "object" || body === null || Array.isArray(body)) throw invalid("body", "Input should be a JSON object");
  requireDepth(body);
  return read(schema, body, "", notes);
}

function translatePrompt(request: PromptRequest, context: TranslationContext, notes: Notes) {
  refuseFields(request, notes);
  const model = context.modelFor(request.model);
  const profile = profileOf(model);
  const offered = (request.tools ?? []).map((tool, index) => readTool(tool, join("tools", index), notes));
  const system = readSystemMessages(request.messages, offered, notes);
  const { names, single, ...tools } = planTools(system.tools, request.tool_choice, notes);
  const signatures = context.signatures;
  const { contents, toolUseIds } = toContents(request.messages, { model, profile, names, signatures, systemTexts: system.texts, notes });
  const instruction = systemTexts(request.system, notes);
  const prompt: GenerateContentRequest = {
    contents,
    ...(instruction.length === 0 ? {} : { systemInstruction: { parts: instruction.map((text) => ({ text })) } }),
    ...tools,
  };
  return { model, prompt, names, single, toolUseIds, effort: system.effort, output: readOutput(request, notes) };
}

/** Claude Code's first block is addressed to Anthropic's accounting; it says nothing to a model. */
const systemTexts = (system: string | unknown[] | undefined, notes: Notes): string[] =>
  readTexts(system ?? [], "system", notes).filter((text) => !text.startsWith("x-anthropic-billing-header:"));

/** Edits that Anthropic's servers make to a long conversation; without them the model sees all of it. */
const harmlessEdits = /^(clear_tool_uses|clear_thinking|compact)_\d{8}$/;

function refuseFields(request: PromptRequest, notes: Notes): void {
  if ((request.mcp_servers ?? []).length > 0) throw untranslatable("mcp_servers", "Gemini can't call MCP servers for you; offer their tools as custom tools");
  if (request.speed !== undefined && request.speed !== "standard")
    throw untranslatable("speed", `${JSON.stringify(request.speed)} can't be translated to Gemini`);
  for (const [index, { type }] of (request.context_management?.edits ?? []).entries()) {
    if (!harmlessEdits.test(type)) throw untranslatable(join("context_management.edits", index), `${JSON.stringify(type)} can't be translated to Gemini`);
    notes.ignored.add("context_management");
  }
}

function noteWithoutEffect(request: MessageRequest, notes: Notes): void {
  if (request.inference_geo !== undefined && request.inference_geo !== "global")
    throw untranslatable("inference_geo", "where Gemini computes can't be chosen; leave it out");
  if (request.container !== undefined) throw untranslatable("container", "Gemini has no containers; leave it out");
  if (typeof request.service_tier === "string" && request.service_tier !== "auto") notes.ignored.add("service_tier");
}

function requireDepth(body: object): void {
  let level: object[] = [body];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > maxDepth) throw invalid("body", `nests deeper than ${maxDepth} levels`);
    level = level.flatMap((each) => Object.values(each).filter((value) => typeof value === "object" && value !== null) as object[]);
  }
}
