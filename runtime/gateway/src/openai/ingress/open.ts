import type { ServerResponse } from "node:http";
import type { Ingress } from "../../ingress.ts";
import type { Refusal } from "../../errors.ts";
import { RawAnswer } from "../origin.ts";
import type { MessagesRequest } from "../wire/anthropic.ts";
import { attempt, invalid } from "../wire/fault.ts";
import { isFields, isTooDeep, type Fields } from "../wire/fields.ts";
import { toChatCompletion } from "./chat-answer.ts";
import { translateChat } from "./chat-request.ts";
import { ChatStream } from "./chat-stream.ts";
import { DialectOutlet } from "./dialect-outlet.ts";
import { toMessagesHeaders } from "./headers.ts";
import { maxTokensOf } from "./limits.ts";
import { toOpenAiModels } from "./models-list.ts";
import { createNotes } from "./notes.ts";
import { toResponse, type ResponseContext } from "./responses-object.ts";
import { translateResponses, type ResponsesRequest } from "./responses-request.ts";
import { ResponsesStream } from "./responses-stream.ts";

const nowSeconds = (): number => Math.floor(Date.now() / 1_000);

/** POST /v1/chat/completions. */
export function openChat(response: ServerResponse): Ingress {
  const notes = createNotes();
  const raw = new RawAnswer();
  let includeUsage = false;
  const ingress: Ingress = {
    outlet: new DialectOutlet(response, {
      openStream: () => new ChatStream({ includeUsage, created: nowSeconds() }),
      whole: (message) => toChatCompletion(message, nowSeconds()),
      ignored: () => (raw.isOn ? [] : [...notes.ignored]),
      raw,
    }),
    headers: toMessagesHeaders,
    request(body) {
      const given = parse(body);
      if ("refused" in given) return given;
      const { fields } = given;
      const options = fields["stream_options"];
      includeUsage = isFields(options) && options["include_usage"] === true;
      const translated = attempt(() => translateChat(fields, notes));
      const refused = "refused" in translated ? translated.refused : undefined;
      ingress.origin = { dialect: "chat", body, untranslatable: refused, raw };
      return Buffer.from(JSON.stringify("refused" in translated ? carried(fields) : translated));
    },
  };
  return ingress;
}

/** POST /v1/responses. */
export function openResponses(response: ServerResponse): Ingress {
  const notes = createNotes();
  let context: ResponseContext = { echo: {}, sealsReasoning: false, created: nowSeconds() };
  return {
    outlet: new DialectOutlet(response, {
      openStream: () => new ResponsesStream(context),
      whole: (message) => toResponse(message, context),
      ignored: () => [...notes.ignored],
      raw: undefined,
    }),
    headers: toMessagesHeaders,
    request(body) {
      const given = parse(body);
      if ("refused" in given) return given;
      const translated = attempt(() => translateResponses(given.fields, notes));
      if ("refused" in translated) return translated;
      context = contextOf(translated);
      return Buffer.from(JSON.stringify(translated.messages));
    },
  };
}

/** GET /v1/models, for a caller that speaks OpenAI's API. */
export function openModels(response: ServerResponse): Ingress {
  return {
    outlet: new DialectOutlet(response, { openStream: () => ({ push: () => "" }), whole: toOpenAiModels, ignored: () => [], raw: undefined }),
    headers: toMessagesHeaders,
    request: (body) => body,
  };
}

function parse(body: Buffer): { fields: Fields } | { refused: Refusal } {
  try {
    const fields: unknown = JSON.parse(body.toString("utf8"));
    if (isFields(fields)) return isTooDeep(fields) ? { refused: invalid("body", "nests too deeply").refusal } : { fields };
  } catch {
    // Refused below: no JSON, or none that is an object.
  }
  return { refused: invalid("body", "must be a JSON object").refusal };
}

/** What no Messages request can say, as one that only a provider of the caller's dialect gets; limits and caches read it as it is. */
function carried(fields: Fields): object {
  const { model, stream, max_tokens, max_completion_tokens } = fields;
  const name = typeof model === "string" ? model : "";
  const most = [max_completion_tokens, max_tokens].find((each) => typeof each === "number") ?? maxTokensOf(name);
  return { model: name, stream: stream === true, max_tokens: most, freehold_origin: fields };
}

function contextOf({ messages, request }: { messages: MessagesRequest; request: ResponsesRequest }): ResponseContext {
  const { instructions, tools, tool_choice, text, reasoning, metadata, parallel_tool_calls, temperature, top_p, max_output_tokens, user, include } = request;
  return {
    echo: {
      instructions: instructions ?? null,
      metadata: metadata ?? {},
      parallel_tool_calls: parallel_tool_calls ?? true,
      temperature: temperature ?? null,
      top_p: top_p ?? null,
      max_output_tokens: max_output_tokens ?? null,
      tool_choice: tool_choice ?? "auto",
      tools: tools ?? [],
      text: text ?? { format: { type: "text" } },
      reasoning: { effort: reasoning?.effort ?? null, summary: reasoning?.summary ?? null },
      user: user ?? null,
    },
    sealsReasoning: include?.includes("reasoning.encrypted_content") === true || messages.thinking !== undefined,
    created: nowSeconds(),
  };
}
