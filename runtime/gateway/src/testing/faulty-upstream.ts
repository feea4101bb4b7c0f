import type { ServerResponse } from "node:http";
import { startUpstream, type ScriptedUpstream } from "../../../../tests/support/scripted-upstream.ts";
import { answering, event } from "./fixtures.ts";

/** What a provider may do to a request. Those of `late` begin an answer and then spoil it. */
export const faults = {
  "cuts at once": ({ response }) => void response.destroy(),
  hangs: () => {},
  "answers 500": error(500, "api_error"),
  "answers 502 with a page": ({ response }) => void response.writeHead(502, { "content-type": "text/html" }).end("<html>bad gateway"),
  "answers 503": error(503, "api_error"),
  "answers 529": error(529, "overloaded_error"),
  "answers 429": error(429, "rate_limit_error"),
  "answers 429 with a wait": error(429, "rate_limit_error", { "retry-after": "3" }),
  "answers 401": error(401, "authentication_error"),
  "answers 402": error(402, "billing_error"),
  "answers 403": error(403, "permission_error"),
  "answers 404": error(404, "not_found_error"),
  "answers 408": error(408, "timeout_error"),
  "answers a page": ({ response }) => void response.writeHead(200, { "content-type": "text/html" }).end("<html>welcome"),
  "answers an empty object": ({ response }) => void response.writeHead(200, json).end("{}"),
  "answers an error as a success": ({ response }) => void response.writeHead(200, json).end('{"type":"error","error":{"type":"api_error","message":"no"}}'),
  "answers half an object": ({ response }) => void response.writeHead(200, json).end('{"type":"message","content":[{"ty'),
  "announces more than it sends": ({ response, whole }) => {
    response.writeHead(200, { ...json, "content-length": whole.length + 50 }).write(whole);
    setTimeout(() => response.destroy(), 10);
  },
  "announces less than it sends": ({ response, whole }) =>
    void response.socket?.end(`HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${whole.length - 9}\r\n\r\n${whole}`),
  "speaks another protocol": ({ response }) => void response.socket?.end("SSH-2.0-OpenSSH_9.2\r\n\r\n"),
  redirects: ({ response }) => void response.writeHead(302, { location: "http://127.0.0.1:1/" }).end(),
  "drips its head": ({ response }) => void response.socket?.write("HTTP/1.1 200 OK\r\ncontent-type: appl"),
  "streams pings alone": ({ response }) => {
    response.writeHead(200, sse).write(event("ping"));
    const pinging = setInterval(() => response.write(event("ping")), 20);
    response.once("close", () => clearInterval(pinging));
  },
  "streams an error first": ({ response }) =>
    void response.writeHead(200, sse).end(event("error", { error: { type: "overloaded_error", message: "Overloaded" } })),
  "streams nothing and ends": ({ response }) => void response.writeHead(200, sse).end(),
  "streams half an event and cuts": ({ response, events }) => {
    response.writeHead(200, sse).write(events[0]?.slice(0, 40));
    setTimeout(() => response.destroy(), 10);
  },
  "streams an end without a beginning": ({ response }) => void response.writeHead(200, sse).end(event("message_stop")),
} satisfies Record<string, Fault>;

/** Refusals for which the request is to blame, so that no other provider is asked. */
export const callerFaults = {
  "answers 400": error(400, "invalid_request_error", {}, "prompt is too long: 9 tokens > 8 maximum"),
  "answers 413": error(413, "request_too_large", {}, "Request exceeds the maximum size"),
  "answers 422": error(422, "invalid_request_error"),
} satisfies Record<string, Fault>;

export const lateFaults = {
  "begins and cuts": ({ response, events }) => {
    response.writeHead(200, sse).write(events[0]);
    setTimeout(() => response.destroy(), 10);
  },
  "begins and ends": ({ response, events }) => {
    response.writeHead(200, sse).write(events[0]);
    setTimeout(() => response.end(), 10);
  },
  "begins and falls silent": ({ response, events }) => void response.writeHead(200, sse).write(events[0]),
  "begins and cuts within an event": ({ response, events }) => {
    response.writeHead(200, sse).write(`${events[0]}${events[1]}${events[2]?.slice(0, 30)}`);
    setTimeout(() => response.destroy(), 10);
  },
  "begins and sends an error": ({ response, events }) => {
    response.writeHead(200, sse).write(events[0]);
    setTimeout(() => response.end(event("error", { error: { type: "api_error", message: "Internal" } })), 10);
  },
  "begins and drips": ({ response, events }) => {
    response.writeHead(200, sse).write(events[0]);
    const dripping = setInterval(() => response.write("d"), 20);
    response.once("close", () => clearInterval(dripping));
  },
} satisfies Record<string, Fault>;

export type FaultName = keyof typeof faults | keyof typeof callerFaults | keyof typeof lateFaults;

interface Scene {
  response: ServerResponse;
  /** A good answer, as events and whole. */
  events: readonly string[];
  whole: string;
}
export type Fault = (scene: Scene) => void;

const json = { "content-type": "application/json" };
const sse = { "content-type": "text/event-stream; charset=utf-8" };

/** An error of Anthropic's shape. */
export function error(status: number, type: string, headers: Record<string, string> = {}, message = "a text that names the account acme-corp"): Fault {
  const body = JSON.stringify({ type: "error", error: { type, message } });
  return ({ response }) => void response.writeHead(status, { ...json, ...headers, "request-id": "req_upstream" }).end(body);
}

/** A good answer, at once or in many pieces, one of them slower than the others but in time. */
const goodWays = ["good", "good in small pieces", "good and slow"] as const;
export type GoodWay = (typeof goodWays)[number];
export type Plan = (FaultName | GoodWay | Fault)[];

/** A provider that does what it is told: a fault by name or by a function, or a good answer, in one or in many pieces. */
export interface FaultyUpstream extends ScriptedUpstream {
  name: string;
  /** What comes next, one per request; then good answers. */
  plan: Plan;
  /** The requests whose good answer was given to its end. */
  completed: string[];
  bodies: Buffer[];
}

export const textOf = (name: string) => `An answer of ${name}, in several pieces.`;

export async function startFaultyUpstream(name: string): Promise<FaultyUpstream> {
  const upstream = (await startUpstream()) as FaultyUpstream;
  Object.assign(upstream, { name, plan: [], completed: [], bodies: [] });
  upstream.answer(
    answering((response, body) => {
      upstream.bodies.push(body);
      const next = upstream.plan.shift() ?? "good";
      const scene: Scene = { response, events: goodEvents(name), whole: JSON.stringify(goodMessage(name)) };
      if (typeof next === "function") return next(scene);
      if (!isGood(next)) return ({ ...faults, ...callerFaults, ...lateFaults } as Record<FaultName, Fault>)[next](scene);
      response.once("finish", () => upstream.completed.push(body.toString()));
      if (!/"stream": ?true/.test(body.toString())) return void response.writeHead(200, json).end(scene.whole);
      response.writeHead(200, sse);
      if (next === "good") response.end(scene.events.join(""));
      else sendPieces(response, scene.events.join(""), next === "good and slow" ? slowMs : 0);
    }),
  );
  return upstream;
}

const isGood = (way: Plan[number]): way is GoodWay => (goodWays as readonly unknown[]).includes(way);

/** Long enough for a ping of the gateway's, and half of what the fault run allows. Units: milliseconds. */
const slowMs = 100;

function sendPieces(response: ServerResponse, text: string, pauseMs: number): void {
  const pauseAt = Math.floor(text.length / 74) * 37;
  const step = (at: number): void => {
    if (at >= text.length) return void response.end();
    response.write(text.slice(at, at + 37));
    if (pauseMs > 0 && at === pauseAt) setTimeout(step, pauseMs, at + 37);
    else setImmediate(step, at + 37);
  };
  step(0);
}

const model = "claude-opus-5-5";
const usage = { input_tokens: 100, output_tokens: 7 };

const goodMessage = (name: string) => ({
  id: `msg_${name}`,
  type: "message",
  role: "assistant",
  model,
  content: [{ type: "text", text: textOf(name) }],
  stop_reason: "end_turn",
  stop_sequence: null,
  usage,
});

function goodEvents(name: string): string[] {
  const pieces = textOf(name).match(/.{1,9}/gs) ?? [];
  return [
    event("message_start", { message: { ...goodMessage(name), content: [], stop_reason: null, usage: { ...usage, output_tokens: 1 } } }),
    event("content_block_start", { index: 0, content_block: { type: "text", text: "" } }),
    ...pieces.map((text) => event("content_block_delta", { index: 0, delta: { type: "text_delta", text } })),
    event("content_block_stop", { index: 0 }),
    event("message_delta", { delta: { stop_reason: "end_turn", stop_sequence: null }, usage: { output_tokens: usage.output_tokens } }),
    event("message_stop"),
  ];
}
