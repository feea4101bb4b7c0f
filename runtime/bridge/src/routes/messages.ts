import { randomBytes } from "node:crypto";
import type { Clock } from "@freehold/kernel/clock";
import type { Log } from "@freehold/kernel/log";
import type { Request, Response } from "express";
import { renderErrorEvent, toErrorAnswer } from "../anthropic/error-answer.ts";
import { renderEvents, type StreamEvent } from "../anthropic/events.ts";
import type { GeminiClient } from "../gemini/client.ts";
import { generate } from "../generation.ts";
import type { Observation } from "../observation.ts";
import { assemble } from "../translation/message.ts";
import { Reply } from "../translation/reply.ts";
import { translateRequest, type Translation, type TranslationContext } from "../translation/request.ts";
import { createToolIds } from "../translation/tool-ids.ts";
import { createEventWriter } from "./event-writer.ts";

export interface MessageParts {
  client: GeminiClient;
  translation: TranslationContext;
  observation: Observation;
  clock: Clock;
  log: Log;
  /** Units: milliseconds. */
  pingIntervalMs: number;
}

/** The caller has gone; nobody is left to tell. */
class CallerLeft extends Error {
  override readonly name = "CallerLeft";
}

/** One message under way. */
interface Exchange {
  translation: Translation;
  reply: Reply;
  events: AsyncGenerator<StreamEvent[], void>;
  signal: AbortSignal;
  response: Response;
}

/** `POST /v1/messages`. Always streams from Gemini, so that a silence or an abort is seen in either form of answer. */
export function messagesRoute(parts: MessageParts) {
  return async (request: Request, response: Response): Promise<void> => {
    const watch = startWatch(parts.clock);
    const exchange = beginExchange(translateRequest(request.body, parts.translation), response, parts);
    parts.observation.active(1);
    let outcome = "ok";
    try {
      outcome = await (exchange.translation.stream ? answerStream(exchange, watch, parts) : answerWhole(exchange, watch));
    } catch (thrown) {
      outcome = thrown instanceof CallerLeft ? "abandoned" : toErrorAnswer(thrown, "").code;
      if (!(thrown instanceof CallerLeft)) throw thrown;
    } finally {
      parts.observation.active(-1);
      report(exchange, outcome, watch, parts);
    }
  };
}

/** Units: milliseconds. */
interface Watch {
  elapsedMs(): number;
  firstEvent(): void;
  firstEventMs(): number | undefined;
}

function startWatch(clock: Clock): Watch {
  const began = clock.now();
  let first: number | undefined;
  const elapsedMs = () => clock.now() - began;
  return { elapsedMs, firstEvent: () => void (first ??= elapsedMs()), firstEventMs: () => first };
}

function report({ translation, reply, response }: Exchange, outcome: string, watch: Watch, { observation, log }: MessageParts): void {
  const { model, name, stream, ignored } = translation;
  const durationMs = watch.elapsedMs();
  observation.message({ model, outcome, usage: reply.usage, durationMs, firstEventMs: watch.firstEventMs() });
  const { input_tokens: inputTokens, cache_read_input_tokens: cachedTokens, output_tokens: outputTokens } = reply.usage;
  const requestId = String(response.locals["requestId"]);
  log.info("message.done", {
    requestId,
    name,
    model,
    stream,
    outcome,
    durationMs,
    firstEventMs: watch.firstEventMs(),
    inputTokens,
    cachedTokens,
    outputTokens,
    ignored,
  });
}

function beginExchange(translation: Translation, response: Response, { client, translation: context }: MessageParts): Exchange {
  const left = new AbortController();
  response.once("close", () => left.abort(new CallerLeft("The caller has left.")));
  const { name, model, shown, names, single, request, toolUseIds } = translation;
  const toolUseId = createToolIds(toolUseIds, () => randomBytes(12).toString("base64url"));
  const remember = context.signatures.set.bind(context.signatures);
  const reply = new Reply({ messageId: `msg_${randomBytes(12).toString("base64url")}`, name, model, shown, names, single, toolUseId, remember });
  return { translation, reply, events: generate({ client, model, request, reply, signal: left.signal }), signal: left.signal, response };
}

async function answerWhole({ events, response, translation, signal }: Exchange, watch: Watch): Promise<string> {
  const all: StreamEvent[] = [];
  for await (const some of events) {
    watch.firstEvent();
    all.push(...some);
  }
  signal.throwIfAborted();
  response.set(headersOf(translation)).json(assemble(all));
  return "ok";
}

/** Throws only while the status can still be chosen; later errors go out as an event, and their code is returned. */
async function answerStream({ events, reply, response, translation, signal }: Exchange, watch: Watch, { pingIntervalMs, log }: MessageParts): Promise<string> {
  const writer = createEventWriter({ response, headers: headersOf(translation), signal, pingIntervalMs, opening: () => renderEvents(reply.start()) });
  try {
    for await (const some of events) {
      watch.firstEvent();
      await writer.write(renderEvents(some));
    }
    writer.end();
    return "ok";
  } catch (thrown) {
    if (signal.aborted) throw signal.reason;
    if (!writer.opened) throw thrown;
    // An error event brings the client back at once; a cut or a silent end costs it seconds.
    const answer = toErrorAnswer(thrown, String(response.locals["requestId"]));
    if (answer.status === 500) log.error("message.failed", { requestId: answer.body.request_id, error: thrown });
    writer.end(renderErrorEvent(answer));
    return answer.code;
  }
}

/** Which model answered, and which of the caller's fields had no effect on it. */
const headersOf = ({ model, ignored }: Translation): Record<string, string> => ({
  "x-freehold-upstream-model": model,
  ...(ignored.length === 0
    ? {}
    : {
        "x-freehold-ignored": ignored
          .map((name) => (/^[\w.-]{1,64}$/.test(name) ? name : "other"))
          .slice(0, 20)
          .join(", "),
      }),
});
