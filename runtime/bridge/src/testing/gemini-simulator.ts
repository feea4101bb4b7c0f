import { randomBytes, randomUUID } from "node:crypto";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { GenerateContentResponse } from "../gemini/types.ts";
import { simulateCloudCode, type SimulatedCloudCode } from "./cloud-code.ts";
import { checkRequest, requireModel } from "./gemini-rules.ts";
import { readCountRequest, readGenerateRequest, type SimulatedRequest } from "./gemini-shape.ts";
import { simulatedModels } from "./gemini-models.ts";
import { badKey, badToken, GoogleRefusal, invalidArgument, noCredential, noProject } from "./google-refusal.ts";

/** One request that the simulation took for right. */
export interface SimulatedCall {
  model: string;
  request: SimulatedRequest;
  headers: IncomingHttpHeaders;
  /** Makes a signature of a thought, or of a call by the function's name, which later requests must bring back in its place. */
  sign(of: string): string;
  /** Aborted once the caller has gone. */
  signal: AbortSignal;
}

/** Yields an answer's chunks. A GoogleRefusal thrown is answered as one; any other error cuts the connection. */
export type Script = (call: SimulatedCall) => AsyncGenerator<GenerateContentResponse, void> | Generator<GenerateContentResponse, void>;

/**
 * A simulation of the Gemini API (v1beta), made from its documentation and recorded answers; it has never seen the real one's insides.
 * It is strict: what Google would refuse, or ignore in silence, it refuses. Every answer carries the header `x-simulation`.
 */
export interface GeminiSimulator {
  url: string;
  /** Every request that was right, oldest first. */
  calls: SimulatedCall[];
  /** Every refusal by the rules, as text; a test of a translation wants none. */
  refusals: string[];
  /** The other service with the same insides. */
  cloudCode: SimulatedCloudCode;
  /** Answers under way. */
  open(): number;
  script(next: Script): void;
  /** Replaces what the whole server answers, whatever is asked; undefined puts it back. */
  outage(answer: ((response: ServerResponse) => void) | undefined): void;
  close(): Promise<void>;
}

export interface SimulatedAccess {
  key: string;
  /** Whether a token is one of an account; the real API wants a project to count it to. */
  takesToken: (token: string) => boolean;
}

export const simulation = { "x-simulation": "Gemini API, simulated by Freehold's tests" };

export async function startGemini(access: SimulatedAccess, first: Script): Promise<GeminiSimulator> {
  const state = {
    script: first,
    outage: undefined as ((response: ServerResponse) => void) | undefined,
    open: 0,
    calls: [] as SimulatedCall[],
    refusals: [] as string[],
    signed: new Map<string, { model: string; of: string }>(),
    cloudCode: simulateCloudCode(),
  };
  const server = createServer((request, response) => {
    state.open += 1;
    response.once("close", () => (state.open -= 1));
    for (const [name, value] of Object.entries(simulation)) response.setHeader(name, value);
    if (state.outage !== undefined) return state.outage(response);
    answer(request, response, { access, state }).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls: state.calls,
    refusals: state.refusals,
    cloudCode: state.cloudCode,
    open: () => state.open,
    script: (next) => void (state.script = next),
    outage: (next) => void (state.outage = next),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface Place {
  access: SimulatedAccess;
  state: {
    script: Script;
    calls: SimulatedCall[];
    refusals: string[];
    signed: Map<string, { model: string; of: string }>;
    cloudCode: SimulatedCloudCode;
  };
}

async function answer(request: IncomingMessage, response: ServerResponse, place: Place): Promise<void> {
  const url = new URL(request.url ?? "/", "http://simulation");
  try {
    const body = await readBody(request);
    if (url.pathname.startsWith("/v1internal:")) return await answerCloudCode({ method: url.pathname.slice(12), url, body, request, response }, place);
    requireAccess(request.headers, place.access);
    if (request.method === "GET" && url.pathname === "/v1beta/models") return sendJson(response, 200, modelList());
    const [, model = "", method = ""] = /^\/v1beta\/models\/([^/:]+):(\w+)$/.exec(decodeURIComponent(url.pathname)) ?? [];
    if (request.method !== "POST") throw new GoogleRefusal(404, "Requested entity was not found.");
    requireModel(model);
    if (method === "countTokens") return sendJson(response, 200, countTokens(readCountRequest(body), place));
    const call = toCall({ model, body, request, response }, place);
    if (method === "streamGenerateContent" && url.searchParams.get("alt") === "sse") return await stream(call, response, place);
    if (method === "generateContent") return sendJson(response, 200, await whole(call, place));
    throw new GoogleRefusal(404, `Method ${method} is not simulated.`);
  } catch (thrown) {
    if (!(thrown instanceof GoogleRefusal) || response.headersSent) throw thrown;
    if (thrown.status === 400) place.state.refusals.push(thrown.message);
    sendJson(response, thrown.status, thrown.body);
  }
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const pieces: Buffer[] = [];
  for await (const bytes of request) pieces.push(bytes as Buffer);
  const text = Buffer.concat(pieces).toString("utf8");
  if (text === "") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw new GoogleRefusal(400, "Invalid JSON payload received. Unexpected token.");
  }
}

/** Cloud Code Assist, as Antigravity uses it: accounts alone, and everything in an envelope. */
async function answerCloudCode({ method, url, body, request, response }: CloudCodeAsked, place: Place): Promise<void> {
  const { cloudCode } = place.state;
  requireAccount(request.headers, place.access);
  if (request.method !== "POST") throw new GoogleRefusal(404, "Requested entity was not found.");
  if (method === "loadCodeAssist" || method === "onboardUser") return sendJson(response, 200, cloudCode[method](body));
  if (method === "fetchAvailableModels") return sendJson(response, 200, cloudCode.models(body));
  if (method !== "streamGenerateContent" || url.searchParams.get("alt") !== "sse") throw new GoogleRefusal(404, `Method ${method} is not simulated.`);
  const { model, request: inner } = cloudCode.open(body);
  requireModel(model);
  const call = toCall({ model, body: inner, request, response }, place);
  await stream(call, response, place, (chunk) => ({ response: chunk, traceId: "trace-of-a-simulation", metadata: {} }));
}

interface CloudCodeAsked {
  method: string;
  url: URL;
  body: unknown;
  request: IncomingMessage;
  response: ServerResponse;
}

function requireAccount(headers: IncomingHttpHeaders, { takesToken }: SimulatedAccess): void {
  const token = headers.authorization?.replace("Bearer ", "");
  if (token === undefined) throw noCredential();
  if (!takesToken(token)) throw badToken();
  for (const name of ["x-goog-api-key", "x-goog-user-project"]) if (headers[name] !== undefined) throw invalidArgument(`${name} is not for this service.`);
}

function requireAccess(headers: IncomingHttpHeaders, { key, takesToken }: SimulatedAccess): void {
  const token = headers.authorization?.replace("Bearer ", "");
  if (token !== undefined) {
    if (!takesToken(token)) throw badToken();
    if (headers["x-goog-user-project"] === undefined) throw noProject();
    return;
  }
  if (headers["x-goog-api-key"] === undefined) throw noCredential();
  if (headers["x-goog-api-key"] !== key) throw badKey();
}

interface Asked {
  model: string;
  body: unknown;
  request: IncomingMessage;
  response: ServerResponse;
}

function toCall({ model, body, request: { headers }, response }: Asked, { state }: Place): SimulatedCall {
  const request = readGenerateRequest(body);
  checkRequest(model, request, state.signed);
  const left = new AbortController();
  response.once("close", () => left.abort());
  const sign = (of: string): string => {
    const signature = randomBytes(48).toString("base64");
    state.signed.set(signature, { model, of });
    return signature;
  };
  const call = { model, request, headers, sign, signal: left.signal };
  state.calls.push(call);
  return call;
}

/** As Google sends it: lines end with CR LF, an error in the midst is an event. */
async function stream(call: SimulatedCall, response: ServerResponse, { state }: Place, wrap = (chunk: object): object => chunk): Promise<void> {
  const responseId = randomUUID();
  const send = (data: object) => response.write(`data: ${JSON.stringify(data)}\r\n\r\n`);
  const start = () => response.headersSent || response.writeHead(200, { "content-type": "text/event-stream", "content-disposition": "attachment" });
  try {
    for await (const chunk of state.script(call)) {
      start();
      send(wrap({ ...chunk, modelVersion: call.model, responseId }));
    }
    start();
    response.end();
  } catch (thrown) {
    if (!(thrown instanceof GoogleRefusal) || !response.headersSent) throw thrown;
    send(thrown.body);
    response.end();
  }
}

async function whole(call: SimulatedCall, { state }: Place): Promise<GenerateContentResponse> {
  const chunks: GenerateContentResponse[] = [];
  for await (const chunk of state.script(call)) chunks.push(chunk);
  const last = chunks.at(-1) ?? {};
  const parts = chunks.flatMap(({ candidates }) => candidates?.[0]?.content?.parts ?? []);
  return { ...last, candidates: [{ ...last.candidates?.[0], content: { role: "model", parts } }], modelVersion: call.model, responseId: randomUUID() };
}

/** A token is four characters here; images count as 258, as on Google's page on tokens. */
function countTokens({ model, request }: ReturnType<typeof readCountRequest>, { state }: Place): object {
  checkRequest(model, request, state.signed);
  const images = request.contents.flatMap(({ parts }) => parts).filter(({ inlineData }) => inlineData !== undefined).length;
  const text = JSON.stringify(request, (name, value: unknown) => (name === "data" ? undefined : value));
  const totalTokens = Math.ceil(text.length / 4) + images * 258;
  return { totalTokens, promptTokensDetails: [{ modality: "TEXT", tokenCount: totalTokens - images * 258 }] };
}

const modelList = () => ({
  models: Object.entries(simulatedModels).map(([name, { displayName, outputTokenLimit }]) => ({
    name: `models/${name}`,
    version: "001",
    displayName,
    inputTokenLimit: 1_048_576,
    outputTokenLimit,
    supportedGenerationMethods: ["generateContent", "countTokens"],
    thinking: true,
  })),
});

const sendJson = (response: ServerResponse, status: number, body: unknown): void =>
  void response.writeHead(status, { "content-type": "application/json; charset=UTF-8" }).end(`${JSON.stringify(body, null, 2)}\n`);
