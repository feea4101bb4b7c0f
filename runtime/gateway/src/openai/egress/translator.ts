import { randomBytes } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import type { Call } from "../../call.ts";
import { refusal, type Refusal } from "../../errors.ts";
import type { AnswerTranslation, LocalAnswer, Translator, WireRequest } from "../../translation.ts";
import type { Origin } from "../origin.ts";
import { attempt, invalid } from "../wire/fault.ts";
import { isFields, type Fields } from "../wire/fields.ts";
import { parseFields, spliceFields } from "../wire/splice.ts";
import { toMessage } from "./answer.ts";
import { AnswerFault, type AnswerContext } from "./answer-parts.ts";
import { toAnthropicModels } from "./models-list.ts";
import type { ChatProfile } from "./profile.ts";
import { errorInside, readProviderError, renderError } from "./provider-error.ts";
import { estimateTokens } from "./token-estimate.ts";
import { translateMessages } from "./request.ts";
import { StreamTranslation } from "./stream-translation.ts";

/** Without Anthropic's paging: these lists come whole, and a service that doesn't know `limit` may refuse it. */
const modelsPath = (path: string): string => path.replace(/^\/v1(?=\/models)/, "").replace(/\?.*/s, "");

/** What an answer's translation must know of its request. */
interface Asked {
  showsThinking: boolean;
  stops: readonly string[];
  knownIds: readonly string[];
  ignored: readonly string[];
  /** The usage of the stream was asked for by the gateway alone. */
  hidesUsage: boolean;
  isRaw: boolean;
}

const nothingAsked: Asked = { showsThinking: false, stops: [], knownIds: [], ignored: [], hidesUsage: false, isRaw: false };

/** Speaks to a service that offers OpenAI's Chat Completions; its base address ends where `/chat/completions` begins. */
export function createChatTranslator(profile: ChatProfile): Translator {
  const asked = new WeakMap<Call, Asked>();
  return {
    request(call, model) {
      if (call.route.name === "models") return { method: "GET", path: modelsPath(call.path), headers: headersFor(call), body: null };
      if (call.route.name === "count_tokens") return countTokens(call, profile);
      const wire = call.origin === undefined ? translated(call, model, profile) : unchanged(call, call.origin, model, profile);
      if ("refused" in wire) return wire;
      asked.set(call, wire.asked);
      return wire.request;
    },
    answer(call, head) {
      const known = asked.get(call) ?? nothingAsked;
      if (known.isRaw) call.origin?.raw.begin();
      return answerOf(call, head, known);
    },
  };
}

/** Nobody can be asked, since OpenAI's API has no such route. */
function countTokens({ body }: Call, { countTokens: how }: ChatProfile): LocalAnswer | { refused: Refusal } {
  if (how === "refuse") return { refused: refusal("request.not-supported", "Tokens can't be counted at this provider before they are used; estimate them.") };
  const request = parseFields(body);
  if (request === undefined) return { refused: invalid("body", "must be a JSON object").refusal };
  const headers = { "content-type": "application/json", "x-freehold-estimate": "true" };
  return { local: { headers, body: Buffer.from(JSON.stringify({ input_tokens: estimateTokens(request) })) } };
}

type Wired = { request: WireRequest; asked: Asked } | ReturnType<typeof attempt<never>>;

function translated(call: Call, model: string | undefined, profile: ChatProfile): Wired {
  const given = parseFields(call.body);
  return attempt((): Wired => {
    const { request, showsThinking, ignored } = translateMessages(given, model, profile);
    const knownIds = request.messages.flatMap((message) => (message.role === "assistant" ? (message.tool_calls ?? []).map(({ id }) => id) : []));
    return {
      request: post(call, Buffer.from(JSON.stringify(request))),
      asked: { showsThinking, stops: request.stop ?? [], knownIds, ignored, hidesUsage: false, isRaw: false },
    };
  });
}

/** The caller's own bytes: another model's name is put in, and a stream is asked for its usage, without which no budget could hold. */
function unchanged(call: Call, { body }: Origin, model: string | undefined, profile: ChatProfile): Wired {
  const given = parseFields(body) ?? {};
  const options = isFields(given["stream_options"]) ? given["stream_options"] : {};
  const hidesUsage = given["stream"] === true && options["include_usage"] !== true && profile.streamUsage;
  const changes: Fields = {
    ...(model === undefined || model === given["model"] ? {} : { model }),
    ...(hidesUsage ? { stream_options: { ...options, include_usage: true } } : {}),
  };
  const bytes = Object.keys(changes).length === 0 ? body : spliceFields(body, changes);
  return { request: post(call, bytes), asked: { ...nothingAsked, hidesUsage, isRaw: true } };
}

const post = (call: Call, body: Buffer): WireRequest => ({ method: "POST", path: "/chat/completions", headers: headersFor(call), body });

/** Only what every service reads: Anthropic's own headers and the client's say nothing here. */
const headersFor = ({ request }: Call): string[] => [
  "content-type",
  "application/json",
  "accept",
  "application/json, text/event-stream",
  "accept-encoding",
  "identity",
  "user-agent",
  request.headers["user-agent"] ?? "freehold-gateway",
];

function answerOf(
  call: Call,
  { status, headers, model }: { status: number; headers: IncomingHttpHeaders; model: string | undefined },
  asked: Asked,
): AnswerTranslation {
  const isStream = status === 200 && String(headers["content-type"]).startsWith("text/event-stream");
  const context: AnswerContext = { model: model ?? "", ...asked, newId: () => randomBytes(12).toString("hex") };
  const raw = asked.isRaw ? call.origin?.raw : undefined;
  const told: IncomingHttpHeaders = {
    ...headersOf(headers, asked.ignored),
    "content-type": isStream ? "text/event-stream; charset=utf-8" : "application/json",
  };
  if (isStream) {
    const stream = new StreamTranslation(context, raw === undefined ? undefined : { answer: raw, hidesUsage: asked.hidesUsage });
    return { status, headers: told, data: (chunk) => stream.data(chunk), end: () => stream.end() };
  }
  const chunks: Buffer[] = [];
  const end = () => {
    const body = Buffer.concat(chunks);
    const given = parseFields(body);
    if (status >= 400) return renderError(readProviderError(status, given ?? {}));
    if (given === undefined || errorInside(given) !== undefined) throw new AnswerFault("is no completion");
    const whole = call.route.name === "models" ? toAnthropicModels(given) : toMessage(given, context);
    raw?.add(body);
    return Buffer.from(JSON.stringify(whole));
  };
  return { status: status === 422 ? 400 : status, headers: told, data: (chunk) => void chunks.push(chunk), end };
}

/** Of the provider's headers only its request id and its wish to wait; the others speak of the owner's account there. */
function headersOf(headers: IncomingHttpHeaders, ignored: readonly string[]): IncomingHttpHeaders {
  const id = headers["x-request-id"];
  const waitMs = Number(headers["retry-after-ms"]);
  const retryAfter = headers["retry-after"] ?? (headers["retry-after-ms"] !== undefined && waitMs >= 0 ? String(Math.ceil(waitMs / 1_000)) : undefined);
  return {
    ...(typeof id === "string" ? { "request-id": id } : {}),
    ...(retryAfter === undefined ? {} : { "retry-after": retryAfter }),
    ...(ignored.length === 0 ? {} : { "x-freehold-ignored": ignored.join(", ") }),
  };
}
