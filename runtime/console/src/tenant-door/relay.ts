import { request as httpRequest, type ClientRequest, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { Secret } from "@freehold/kernel/secret";
import type { Admitted } from "./admission.ts";
import type { Visit } from "./visit.ts";

/** Caddy's inner entrance. */
export interface Edge {
  edgeUrl: string;
  edgeKey: Secret;
}

/** A request that was let in. */
export interface Way {
  admitted: Admitted;
  visit: Visit;
}

/** Begins the same request at the inner entrance, which leads it on to the tenant. */
export const beginOnward = ({ edgeUrl, edgeKey }: Edge, { admitted, visit }: Way, request: IncomingMessage): ClientRequest =>
  httpRequest(new URL(edgeUrl), {
    agent: false,
    method: request.method ?? "GET",
    path: visit.uri,
    headers: { ...passedOn(request.headers), ...cookieOf(visit), ...nameplate(admitted, visit), "x-freehold-inner": edgeKey.reveal() },
  });

/** Carries a WebSocket on, from its handshake to its end. */
export function carrySocket(onward: ClientRequest, { socket, head }: { socket: Duplex; head: Buffer }): void {
  socket.once("close", () => onward.destroy());
  socket.on("error", () => socket.destroy());
  onward.on("error", () => endBare(socket));
  onward.on("response", (answer) => {
    // The tenant declined. The connection ends with the answer, so that nobody's next request comes along this one.
    socket.write(headOf(answer, { connection: "close" }));
    answer.on("error", () => socket.destroy());
    answer.pipe(socket);
  });
  onward.on("upgrade", (answer, beyond, firstBytes) => {
    socket.write(headOf(answer, { connection: "Upgrade", upgrade: answer.headers.upgrade ?? "websocket" }));
    if (firstBytes.length > 0) socket.write(firstBytes);
    beyond.on("error", () => socket.destroy());
    beyond.once("close", () => socket.destroy());
    socket.once("close", () => beyond.destroy());
    beyond.pipe(socket).pipe(beyond);
  });
  if (head.length > 0) socket.unshift(head);
  onward.end();
}

/** Carries an answer back as it comes, for as long as it comes. */
export function carryAnswer(onward: ClientRequest, { request, response }: { request: IncomingMessage; response: ServerResponse }): void {
  response.once("close", () => onward.destroy());
  onward.on("error", () => (response.headersSent ? response.destroy() : response.writeHead(502, { connection: "close" }).end()));
  onward.on("response", (answer) => {
    response.writeHead(answer.statusCode ?? 502, backHeaders(answer));
    response.flushHeaders();
    answer.on("error", () => response.destroy());
    answer.once("aborted", () => response.destroy());
    answer.pipe(response);
  });
  request.pipe(onward);
}

/** Caddy deletes these once more; the inner entrance then names the tenant by them. */
const nameplate = ({ door }: Admitted, { client }: Visit) => ({ "x-freehold-tenant": door.id, "x-freehold-client": client });

const cookieOf = ({ cookies }: Visit) => (cookies.rest === "" ? {} : { cookie: cookies.rest });

const notPassedOn = /^(cookie|x-freehold-.*|x-forwarded-.*|keep-alive|proxy-.*|te|trailer)$/;

const passedOn = (headers: IncomingHttpHeaders): IncomingHttpHeaders => Object.fromEntries(Object.entries(headers).filter(([name]) => !notPassedOn.test(name)));

const hopByHop = new Set(["connection", "keep-alive", "transfer-encoding", "upgrade", "proxy-authenticate", "trailer"]);

/** As they came: several `Set-Cookie` stay several. */
function backHeaders({ rawHeaders }: IncomingMessage): string[] {
  return rawHeaders.filter((_text, index) => !hopByHop.has(rawHeaders[index - (index % 2)]!.toLowerCase()));
}

function headOf(answer: IncomingMessage, more: Record<string, string>): string {
  const raw = backHeaders(answer);
  const lines = raw.flatMap((name, index) => (index % 2 === 0 ? [`${name}: ${raw[index + 1]}`] : []));
  const added = Object.entries(more).map(([name, value]) => `${name}: ${value}`);
  return `${[`HTTP/1.1 ${answer.statusCode} ${answer.statusMessage}`, ...lines, ...added].join("\r\n")}\r\n\r\n`;
}

const endBare = (socket: Duplex): void => void socket.end(`HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`);
