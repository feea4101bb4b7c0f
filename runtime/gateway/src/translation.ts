import type { IncomingHttpHeaders } from "node:http";
import type { Call } from "./call.ts";
import type { Refusal } from "./errors.ts";

/** A request as it goes to a provider. */
export interface WireRequest {
  method: "POST" | "GET";
  /** From the provider's base address on, with the query. Shape: begins with a slash. */
  path: string;
  /** Without the credential, which is added. Shape: names and values in turn. */
  headers: string[];
  body: Buffer | null;
}

/** An answer that is known without asking the provider. */
export interface LocalAnswer {
  local: { headers: IncomingHttpHeaders; body: Buffer };
}

/** How a provider that does not speak Anthropic's Messages API is spoken to. */
export interface Translator {
  /**
   * The call in the provider's own words, for the model that the aliases chose. A refusal names what can't be said there; the next provider is asked then.
   * Must not throw.
   */
  request(call: Call, model: string | undefined): WireRequest | LocalAnswer | { refused: Refusal };
  /** Begins to translate an answer. */
  answer(call: Call, head: { status: number; headers: IncomingHttpHeaders; model: string | undefined }): AnswerTranslation;
}

export interface AnswerTranslation {
  /** Status and headers as Anthropic would send them; `content-type` decides whether it is a stream. */
  status: number;
  headers: IncomingHttpHeaders;
  /** Takes a chunk and returns Anthropic's bytes, if any are due. Throws: anything, for an answer that makes no sense. */
  data(chunk: Buffer): Buffer | undefined;
  /** The last bytes; a stream that was not complete must not be given `message_stop` here. Throws: as `data`. */
  end(): Buffer | undefined;
}
