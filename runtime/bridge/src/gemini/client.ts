import type { Clock } from "@freehold/kernel/clock";
import { Agent, errors, request, type Dispatcher } from "undici";
import { BridgeError, fault } from "../errors.ts";
import { readAnswer, readError } from "./answer-schema.ts";
import { parseGoogleError, toFault } from "./faults.ts";
import { outgoingBody } from "./outgoing-body.ts";
import { createSseParser } from "./sse-parser.ts";
import type { GenerateContentRequest, GenerateContentResponse } from "./types.ts";
import { geminiWire, type GeminiModel, type Wire, type WireAsk, type WireCall } from "./wire.ts";

/** Gives a request its credential. */
export interface Authorizer {
  /** Throws: `credential.missing`, `credential.refused`. */
  headers(): Promise<Record<string, string>>;
  /** Told of headers that Google took for invalid; true when the next ones will be others, so that a repeat makes sense. */
  refused(headers: Record<string, string>): Promise<boolean>;
}

export interface GeminiClient {
  /** One request; ends when Gemini has said all. Throws: BridgeError; what aborted the signal. */
  stream(model: string, body: GenerateContentRequest, signal: AbortSignal): AsyncGenerator<GenerateContentResponse, void>;
  countTokens(model: string, body: GenerateContentRequest, signal: AbortSignal): Promise<number>;
  models(signal: AbortSignal): Promise<GeminiModel[]>;
  close(): Promise<void>;
}

interface ClientOptions {
  baseUrl: string;
  authorizer: Authorizer;
  clock: Clock;
  /** Units: milliseconds until an answer begins. */
  firstByteTimeoutMs: number;
  /** Units: milliseconds between two pieces of an answer. */
  idleTimeoutMs: number;
  /** Where the service that is asked is not the Gemini API itself; it may ask its service on its own. */
  wire?: (ask: WireAsk) => Wire;
}

interface Call extends WireCall {
  /** For errors. */
  model: string;
  signal: AbortSignal;
}

export function createGeminiClient({ baseUrl, authorizer, clock, firstByteTimeoutMs, idleTimeoutMs, wire: wireOf }: ClientOptions): GeminiClient {
  // Over HTTP/2, undici 8.12 takes a whole session down with one stream that Google resets: others' answers would break off with it.
  const dispatcher = new Agent({ allowH2: false, connect: { timeout: 10_000 }, headersTimeout: firstByteTimeoutMs, bodyTimeout: idleTimeoutMs });

  const send = async (call: Call, again = true): Promise<Dispatcher.ResponseData> => {
    const credential = await authorizer.headers();
    const { body, length } = call.body === undefined ? { body: null, length: 0 } : outgoingBody(JSON.stringify(call.body));
    const headers = { ...credential, "content-type": "application/json", ...(body === null ? {} : { "content-length": String(length) }) };
    const answer = await orFault(
      call.signal,
      request(`${baseUrl}/${call.path}`, { method: body === null ? "GET" : "POST", headers, body, dispatcher, signal: call.signal }),
    );
    if (answer.statusCode === 200) return answer;
    const error = parseGoogleError(await orFault(call.signal, readText(answer.body)));
    if (answer.statusCode === 401 && again && (await authorizer.refused(credential))) return send(call, false);
    throw toFault({ status: answer.statusCode, error, model: call.model, now: clock.now() });
  };

  const sendForJson = async (call: Call): Promise<Record<string, unknown>> => {
    const { body } = await send(call);
    return asObject(parseJson(await orFault(call.signal, readText(body))));
  };

  const wire = wireOf?.((call, signal) => sendForJson({ ...call, model: "", signal })) ?? geminiWire;

  return {
    async *stream(model, body, signal) {
      const answer = await send({ ...(await wire.generate(model, body)), model, signal });
      const parser = createSseParser();
      try {
        for await (const bytes of answer.body) for (const data of parser.push(bytes as Uint8Array)) yield toChunk(data, { wire, model, clock });
      } catch (thrown) {
        throw transportFault(thrown, signal, "upstream.cut");
      }
    },
    async countTokens(model, body, signal) {
      const answer = await sendForJson({ ...wire.count(model, body), model, signal });
      if (typeof answer["totalTokens"] !== "number") throw badAnswer();
      return answer["totalTokens"];
    },
    async models(signal) {
      return wire.readModels(await sendForJson({ ...(await wire.models()), model: "", signal }));
    },
    close: () => dispatcher.destroy(),
  };
}

/** A chunk may itself be an error, when something breaks after the first byte. */
function toChunk(data: string, { wire, model, clock }: { wire: Wire; model: string; clock: Clock }): GenerateContentResponse {
  const chunk = asObject(wire.unwrap(asObject(parseJson(data))));
  if ("error" in chunk) {
    const error = readError(chunk["error"]);
    throw toFault({ status: error.code ?? 500, error, model, now: clock.now() });
  }
  const answer = readAnswer(chunk);
  if (answer === undefined) throw badAnswer();
  return answer;
}

const badAnswer = (cause?: unknown) => fault("upstream.bad-answer", "Gemini's answer could not be read. Ask again.", { cause });

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw badAnswer(cause);
  }
}

function asObject(value: unknown): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw badAnswer();
}

/** Units: bytes. No answer that is read whole is longer. */
const maxBodyBytes = 4 * 1024 * 1024;

async function readText(body: Dispatcher.ResponseData["body"]): Promise<string> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const bytes of body) {
    size += (bytes as Buffer).length;
    if (size > maxBodyBytes) throw badAnswer();
    pieces.push(bytes as Buffer);
  }
  return Buffer.concat(pieces).toString("utf8");
}

async function orFault<T>(signal: AbortSignal, action: Promise<T>): Promise<T> {
  try {
    return await action;
  } catch (thrown) {
    throw transportFault(thrown, signal, "upstream.unreachable");
  }
}

/** Errors of the connection in the bridge's words; its own errors and the caller's abort pass. */
function transportFault(thrown: unknown, signal: AbortSignal, otherwise: "upstream.cut" | "upstream.unreachable"): unknown {
  if (signal.aborted) return signal.reason;
  if (thrown instanceof BridgeError) return thrown;
  if (thrown instanceof errors.HeadersTimeoutError || thrown instanceof errors.BodyTimeoutError)
    return fault("upstream.timeout", "Gemini took too long to answer. Ask again, or send less.", { cause: thrown });
  if (thrown instanceof RangeError) return badAnswer(thrown);
  if (otherwise === "upstream.cut") return fault(otherwise, "The connection to Gemini broke off in the midst of its answer. Ask again.", { cause: thrown });
  return fault(otherwise, "Gemini can't be reached. Ask again in a moment.", { retryAfterMs: 2_000, cause: thrown });
}
