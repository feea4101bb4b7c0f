import type { Message, StreamEvent, Usage } from "../anthropic/events.ts";
import { fault } from "../errors.ts";
import type { GenerateContentResponse, Part } from "../gemini/types.ts";
import { BlockWriter } from "./block-writer.ts";
import { toBlockedStop, toStop } from "./stop.ts";
import type { ThinkingShown } from "./thinking.ts";
import type { ToolNames } from "./tool-names.ts";
import { addUsage, noUsage, toUsage } from "./usage.ts";

export interface ReplyContext {
  messageId: string;
  /** The name that the caller used; it is answered with. */
  name: string;
  model: string;
  shown: ThinkingShown;
  names: ToolNames;
  /** At most one tool use in the answer. */
  single: boolean;
  toolUseId: (geminiId: string | undefined) => string;
  /** Told of each signed call. */
  remember: (toolUseId: string, model: string, signature: string) => void;
}

/** One answer as it comes, chunk by chunk, as Anthropic's events; they are to be sent in the order in which they are returned. */
export class Reply {
  readonly #context: ReplyContext;
  readonly #blocks: BlockWriter;
  #started = false;
  #toolUses = 0;
  #before = noUsage;
  #current = noUsage;
  #finishReason: string | undefined;
  #continuationToken: string | undefined;
  #blockReason: string | undefined;

  constructor(context: ReplyContext) {
    this.#context = context;
    this.#blocks = new BlockWriter(context.model);
  }

  get usage(): Usage {
    return addUsage(this.#before, this.#current);
  }

  /** Whether Gemini has said how the answer ends; nothing that breaks later can harm it. */
  get complete(): boolean {
    return this.#blockReason !== undefined || (this.#finishReason !== undefined && this.#finishReason !== "CONTINUATION");
  }

  /** The first event; also sent before the first chunk when that takes long. Empty when it was sent before. */
  start(): StreamEvent[] {
    if (this.#started) return [];
    this.#started = true;
    return [{ type: "message_start", message: emptyMessage(this.#context, this.usage) }];
  }

  /** Throws: `upstream.bad-answer` for a part that Anthropic's API has no words for. */
  chunk({ usageMetadata, promptFeedback, candidates }: GenerateContentResponse): StreamEvent[] {
    const candidate = candidates?.[0];
    if (usageMetadata !== undefined) this.#current = toUsage(usageMetadata);
    this.#blockReason = promptFeedback?.blockReason ?? this.#blockReason;
    this.#finishReason = candidate?.finishReason ?? this.#finishReason;
    this.#continuationToken = candidate?.continuationToken ?? this.#continuationToken;
    return [...this.start(), ...(candidate?.content?.parts ?? []).flatMap((part) => this.#part(part))];
  }

  /** Ends one of several requests that one answer takes, and gives the token to go on with, if any. */
  endOfRequest(): string | undefined {
    this.#before = this.usage;
    this.#current = noUsage;
    const goesOn = this.#finishReason === "CONTINUATION" ? this.#continuationToken : undefined;
    this.#continuationToken = undefined;
    if (this.#finishReason === "CONTINUATION") this.#finishReason = undefined;
    return goesOn;
  }

  /** Throws: `upstream.cut` for an answer without an end, `upstream.bad-answer` for one that is none. */
  end(): StreamEvent[] {
    const stop = this.#blockReason === undefined ? toStop(this.#finishReason, this.#toolUses > 0) : toBlockedStop(this.#blockReason);
    const delta = { stop_reason: stop.reason, stop_sequence: null, stop_details: stop.details };
    return [...this.start(), ...this.#blocks.close(), { type: "message_delta", delta, usage: this.usage }, { type: "message_stop" }];
  }

  #part(part: Part): StreamEvent[] {
    if (part.functionCall !== undefined) return this.#call(part.functionCall, part.thoughtSignature);
    if (part.thought === true) return this.#thought(part);
    if (part.text !== undefined) return this.#blocks.text(part.text);
    if (Object.keys(part).every((name) => name === "thoughtSignature" || name === "partMetadata")) return [];
    throw fault("upstream.bad-answer", "Gemini answered with something that was not asked for and that Anthropic's API can't say. Ask again.");
  }

  #thought({ text = "", thoughtSignature }: Part): StreamEvent[] {
    const { shown } = this.#context;
    if (shown === "nothing") return [];
    const events = this.#blocks.thinking(shown === "summary" ? text : "");
    return thoughtSignature === undefined ? events : [...events, ...this.#blocks.sign({ of: "thought", value: thoughtSignature })];
  }

  #call({ id, name, args = {} }: NonNullable<Part["functionCall"]>, signature: string | undefined): StreamEvent[] {
    const { single, shown, model, names, toolUseId, remember } = this.#context;
    if (single && this.#toolUses > 0) return [];
    this.#toolUses += 1;
    const ourId = toolUseId(id);
    if (signature !== undefined) remember(ourId, model, signature);
    const signed = signature === undefined || shown === "nothing" ? [] : this.#blocks.sign({ of: "call", value: signature });
    return [...signed, ...this.#blocks.toolUse(ourId, names.toAnthropic(name), args)];
  }
}

const emptyMessage = ({ messageId, name }: ReplyContext, usage: Usage): Message => ({
  id: messageId,
  type: "message",
  role: "assistant",
  model: name,
  content: [],
  stop_reason: null,
  stop_sequence: null,
  stop_details: null,
  usage,
});
