import { noUsage, type Message, type StreamEvent, type Usage } from "../wire/anthropic.ts";
import { isFields, textOf, type Fields } from "../wire/fields.ts";
import { AnswerFault, isBroken, refusedDetails, stopStringOf, textIn, thinkingOf, type AnswerContext } from "./answer-parts.ts";
import { BlockWriter } from "./block-writer.ts";
import { ToolIds } from "./tool-ids.ts";
import { toMessageId, toStopReason, toUsage } from "./usage.ts";

/** A call as its pieces come; it is told once its name is known. */
interface OpenCall {
  index: number | undefined;
  id: string;
  name: string;
  isTold: boolean;
  /** Arguments that came before the name. */
  held: string;
}

/** Chat completion chunks as Anthropic's events, in the order in which they are returned. */
export class MessageStream {
  readonly #context: AnswerContext;
  readonly #blocks = new BlockWriter();
  readonly #ids: ToolIds;
  readonly #closedCalls = new Set<number>();
  #call: OpenCall | undefined;
  #calls = 0;
  #hasStarted = false;
  #finishReason: string | undefined;
  #stopString: string | undefined;
  #refusal = "";
  #usage: Usage = noUsage;

  constructor(context: AnswerContext) {
    this.#context = context;
    this.#ids = new ToolIds(context.knownIds, context.newId);
  }

  /** Throws: AnswerFault for an answer that makes no sense. */
  chunk(chunk: Fields): StreamEvent[] {
    if (isFields(chunk["usage"])) this.#usage = toUsage(chunk["usage"]);
    const choices = Array.isArray(chunk["choices"]) ? chunk["choices"].filter(isFields) : [];
    const events = this.#start(chunk);
    for (const choice of choices) if ((choice["index"] ?? 0) === 0) events.push(...this.#choice(choice));
    return events;
  }

  /** Whether the model has said how its answer ends. */
  get isComplete(): boolean {
    return this.#finishReason !== undefined;
  }

  /** Only for a complete answer. */
  end(): StreamEvent[] {
    const stop = toStopReason(this.#refusal === "" ? (this.#finishReason ?? "stop") : "content_filter", this.#calls > 0, this.#stopString);
    const stop_details = stop.stop_reason === "refusal" ? refusedDetails(this.#refusal) : null;
    return [
      ...this.#endCall(),
      ...this.#blocks.close(),
      { type: "message_delta", delta: { ...stop, stop_details }, usage: this.#usage },
      { type: "message_stop" },
    ];
  }

  #start(chunk: Fields): StreamEvent[] {
    if (this.#hasStarted) return [];
    this.#hasStarted = true;
    const message: Message = {
      id: toMessageId(chunk["id"], this.#context.newId()),
      type: "message",
      role: "assistant",
      model: textOf(chunk["model"]) || this.#context.model,
      content: [],
      stop_reason: null,
      stop_sequence: null,
      stop_details: null,
      usage: this.#usage,
    };
    return [{ type: "message_start", message }];
  }

  #choice(choice: Fields): StreamEvent[] {
    const delta = isFields(choice["delta"]) ? choice["delta"] : {};
    const events = this.#context.showsThinking ? this.#thinking(delta) : [];
    const text = textIn(delta["content"]);
    const refusal = textOf(delta["refusal"]);
    this.#refusal += refusal;
    if (text + refusal !== "") events.push(...this.#endCall(), ...this.#blocks.text(text + refusal));
    for (const piece of Array.isArray(delta["tool_calls"]) ? delta["tool_calls"].filter(isFields) : []) events.push(...this.#piece(piece));
    if (isBroken(choice["finish_reason"])) throw new AnswerFault("broke off");
    if (typeof choice["finish_reason"] === "string") this.#finishReason = choice["finish_reason"];
    this.#stopString = stopStringOf(choice, this.#context.stops) ?? this.#stopString;
    return events;
  }

  #thinking(delta: Fields): StreamEvent[] {
    const { text, signature } = thinkingOf(delta);
    return text + signature === "" ? [] : [...this.#endCall(), ...this.#blocks.thinking(text, signature)];
  }

  #piece(piece: Fields): StreamEvent[] {
    const called = isFields(piece["function"]) ? piece["function"] : {};
    const events = this.#isNewCall(piece) ? this.#openCall(piece) : [];
    const call = this.#call;
    if (call === undefined) throw new AnswerFault("has arguments of a call that was not begun");
    call.name ||= textOf(called["name"]);
    const json = isFields(called["arguments"]) ? JSON.stringify(called["arguments"]) : textOf(called["arguments"]);
    if (call.name === "") {
      call.held += json;
      return events;
    }
    if (call.isTold) return [...events, ...this.#blocks.json(json)];
    call.isTold = true;
    return [...events, ...this.#blocks.tool(this.#ids.of(call.id), call.name), ...this.#blocks.json(call.held + json)];
  }

  /** Calls are told apart by their index; services that give none, or always the same one, begin each with an id of its own. */
  #isNewCall({ index, id }: Fields): boolean {
    const call = this.#call;
    if (call === undefined) return typeof index !== "number" || !this.#closedCalls.has(index) || textOf(id) !== "";
    if (typeof index === "number" && call.index !== undefined && index !== call.index) return true;
    return textOf(id) !== "" && call.id !== "" && textOf(id) !== call.id;
  }

  #openCall({ index, id }: Fields): StreamEvent[] {
    const events = this.#endCall();
    // What comes in turns can't be told in Anthropic's events, one after the other.
    if (typeof index === "number" && this.#closedCalls.has(index) && textOf(id) === "") throw new AnswerFault("mixes the pieces of several calls");
    this.#call = { index: typeof index === "number" ? index : undefined, id: textOf(id), name: "", isTold: false, held: "" };
    this.#calls += 1;
    return events;
  }

  #endCall(): StreamEvent[] {
    const call = this.#call;
    if (call === undefined) return [];
    if (!call.isTold) throw new AnswerFault("calls a tool without a name");
    this.#call = undefined;
    if (call.index !== undefined) this.#closedCalls.add(call.index);
    return this.#blocks.close();
  }
}
