import { isFields, textOf, type Fields } from "../wire/fields.ts";
import { AnswerUsage, bareId } from "./answer-usage.ts";
import { EventReader, type EventListener } from "./event-reader.ts";
import { renderOpenAiError } from "./openai-error.ts";
import { endOf, itemId, refusalItem, renderResponse, textPart, toOutputItem, type OutputItem, type ResponseContext } from "./responses-object.ts";

/** A stream of Anthropic's as the Responses API's events. Source: openai 7.57.0, ResponseStreamEvent. */
export class ResponsesStream implements EventListener {
  readonly #reader = new EventReader(this);
  readonly #context: ResponseContext;
  readonly #usage = new AnswerUsage();
  readonly #output: OutputItem[] = [];
  #out = "";
  #sequence = 0;
  #messageId: unknown = "";
  #model = "";
  /** The block that is open, with what has come of it. */
  #block: Fields | undefined;
  #json = "";
  /** The id of the item that the open block makes, if it makes one. */
  #itemId: string | undefined;
  #blocks = 0;
  #end = endOf({});
  #hasEnded = false;

  constructor(context: ResponseContext) {
    this.#context = context;
  }

  /** Takes Anthropic's bytes, returns what they are in the other dialect. */
  push(chunk: Buffer): string {
    this.#reader.push(chunk);
    const out = this.#out;
    this.#out = "";
    return out;
  }

  start(message: Fields): void {
    this.#messageId = message["id"];
    this.#model = textOf(message["model"]);
    this.#usage.take(message["usage"]);
    const response = this.#response("in_progress");
    this.#emit("response.created", { response });
    this.#emit("response.in_progress", { response });
  }

  blockStart(block: Fields): void {
    this.#block = { ...block };
    this.#json = "";
    const item = this.#item();
    this.#itemId = item?.id;
    if (item === undefined) return;
    this.#emit("response.output_item.added", { output_index: this.#output.length, item: begun(item) });
    if (item.type === "message") this.#place("response.content_part.added", { content_index: 0, part: textPart("") });
    if (item.type === "message") this.#text(textOf(block["text"]));
  }

  delta(delta: Fields): void {
    if (this.#block === undefined) return;
    switch (delta["type"]) {
      case "text_delta":
        this.#block["text"] = textOf(this.#block["text"]) + textOf(delta["text"]);
        return this.#text(textOf(delta["text"]));
      case "thinking_delta":
        return this.#thinking(this.#block, textOf(delta["thinking"]));
      case "signature_delta":
        this.#block["signature"] = textOf(this.#block["signature"]) + textOf(delta["signature"]);
        return;
      case "input_json_delta":
        return this.#arguments(textOf(delta["partial_json"]));
    }
  }

  blockStop(): void {
    const block = this.#block;
    if (block === undefined) return;
    if (block["type"] === "tool_use" && this.#json === "") this.#arguments(JSON.stringify(isFields(block["input"]) ? block["input"] : {}));
    const item = this.#item();
    if (item !== undefined) this.#close(item);
    this.#block = undefined;
    this.#blocks += 1;
  }

  messageDelta(delta: Fields, usage: unknown): void {
    this.#usage.take(usage);
    this.#end = endOf(delta);
  }

  stop(): void {
    if (this.#hasEnded) return;
    const { status, incomplete_details, refusal } = this.#end;
    if (refusal !== undefined) this.#refuse(refusal);
    this.#hasEnded = true;
    this.#emit(`response.${status}`, { response: this.#response(status, { incomplete_details, usage: this.#usage.responses() }) });
  }

  /** The response's own failure, and the error by which clients that only look for events learn of it. */
  error(error: { type: string; message: string; code: string | undefined }): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    const { message, code, param } = renderOpenAiError(error).error;
    const known = code === "rate_limit_exceeded" ? code : "server_error";
    this.#emit("response.failed", { response: this.#response("failed", { error: { code: known, message } }) });
    this.#emit("error", { code, message, param });
  }

  ping(): void {
    this.#out += ": ping\n\n";
  }

  /** The open block as the item that it makes; arguments are kept as they came. */
  #item(): OutputItem | undefined {
    if (this.#block === undefined) return undefined;
    const item = toOutputItem(this.#block, { messageId: this.#messageId, index: this.#blocks }, this.#context);
    if (item?.type === "function_call" && this.#json !== "") item["arguments"] = this.#json;
    return item;
  }

  #text(delta: string): void {
    if (delta !== "") this.#place("response.output_text.delta", { content_index: 0, delta, logprobs: [] });
  }

  #thinking(block: Fields, delta: string): void {
    if (delta === "") return;
    if (textOf(block["thinking"]) === "") this.#place("response.reasoning_summary_part.added", { summary_index: 0, part: { type: "summary_text", text: "" } });
    block["thinking"] = textOf(block["thinking"]) + delta;
    this.#place("response.reasoning_summary_text.delta", { summary_index: 0, delta });
  }

  #arguments(delta: string): void {
    if (delta === "") return;
    this.#json += delta;
    this.#place("response.function_call_arguments.delta", { delta });
  }

  #close(item: OutputItem): void {
    if (item.type === "message") {
      const text = textOf(this.#block?.["text"]);
      this.#place("response.output_text.done", { content_index: 0, text, logprobs: [] });
      this.#place("response.content_part.done", { content_index: 0, part: textPart(text) });
    }
    if (item.type === "function_call") this.#place("response.function_call_arguments.done", { name: item["name"], arguments: item["arguments"] });
    const thought = item.type === "reasoning" ? textOf(this.#block?.["thinking"]) : "";
    if (thought !== "") {
      this.#place("response.reasoning_summary_text.done", { summary_index: 0, text: thought });
      this.#place("response.reasoning_summary_part.done", { summary_index: 0, part: { type: "summary_text", text: thought } });
    }
    this.#emit("response.output_item.done", { output_index: this.#output.length, item });
    this.#output.push(item);
  }

  #refuse(refusal: string): void {
    const item = refusalItem(refusal, itemId("msg", this.#messageId, this.#blocks));
    const place = { item_id: item.id, output_index: this.#output.length, content_index: 0 };
    this.#emit("response.output_item.added", { output_index: this.#output.length, item: begun(item) });
    this.#emit("response.content_part.added", { ...place, part: { type: "refusal", refusal: "" } });
    this.#emit("response.refusal.delta", { ...place, delta: refusal });
    this.#emit("response.refusal.done", { ...place, refusal });
    this.#emit("response.content_part.done", { ...place, part: { type: "refusal", refusal } });
    this.#emit("response.output_item.done", { output_index: this.#output.length, item });
    this.#output.push(item);
  }

  #response(status: string, more: Fields = {}): Fields {
    return renderResponse({ id: `resp_${bareId(this.#messageId)}`, model: this.#model, status, output: [...this.#output], ...more }, this.#context);
  }

  /** An event about the open item. */
  #place(type: string, fields: Fields): void {
    if (this.#itemId !== undefined) this.#emit(type, { item_id: this.#itemId, output_index: this.#output.length, ...fields });
  }

  #emit(type: string, fields: Fields): void {
    this.#out += `event: ${type}\ndata: ${JSON.stringify({ type, sequence_number: this.#sequence++, ...fields })}\n\n`;
  }
}

/** An item as it is announced: nothing of it has come yet. */
function begun(item: OutputItem): OutputItem {
  if (item.type === "message") return { ...item, status: "in_progress", content: [] };
  return item.type === "function_call" ? { ...item, status: "in_progress", arguments: "" } : { ...item, status: "in_progress", summary: [] };
}
