import { request as httpRequest, type ClientRequest, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { Secret } from "@freehold/kernel/secret";
import type { Admitted, Admissions } from "./admission.ts";
import type { Visit } from "./visit.ts";

/** Units: milliseconds. How often open streams are held against what let them in. */
export const recheckEveryMs = 2_000;

interface OpenStream {
  admitted: Admitted;
  cut: () => void;
}

export interface Streams {
  /** How many are open, by tenant. */
  open(): ReadonlyMap<string, number>;
  /** Carries on a WebSocket, from its handshake on. */
  upgrade(way: Way, at: { request: IncomingMessage; socket: Duplex; head: Buffer }): void;
  /** Carries on an answer that stays open, such as an event stream. */
  answer(way: Way, at: { request: IncomingMessage; response: ServerResponse }): void;
  /** Cuts those whose pass, session, person or token is no longer good. */
  recheck(): Promise<void>;
  close(): void;
}

export interface Way {
  admitted: Admitted;
  visit: Visit;
}

export interface StreamsParts {
  edgeUrl: string;
  edgeKey: Secret;
  admissions: Pick<Admissions, "holds">;
}

/**
 * What stays open passes through here, for two reasons: a tenant with an open stream is in use, which nobody else could tell; and who is no longer let in
 * must not go on listening. The bytes go on through Caddy's inner entrance, since Caddy alone is in the tenants' networks.
 */
export function createStreams({ edgeUrl, edgeKey, admissions }: StreamsParts): Streams {
  const streams = new Set<OpenStream>();
  const add = (admitted: Admitted, cut: () => void): (() => void) => {
    const stream = { admitted, cut };
    streams.add(stream);
    return () => streams.delete(stream);
  };
  const begin = ({ admitted, visit }: Way, request: IncomingMessage): ClientRequest =>
    httpRequest(new URL(edgeUrl), {
      agent: false,
      method: request.method ?? "GET",
      path: visit.uri,
      headers: { ...passedOn(request.headers), ...cookieOf(visit), ...nameplate(admitted, visit), "x-freehold-inner": edgeKey.reveal() },
    });
  return {
    open() {
      const counts = new Map<string, number>();
      for (const { admitted } of streams) counts.set(admitted.door.id, (counts.get(admitted.door.id) ?? 0) + 1);
      return counts;
    },
    upgrade(way, { request, socket, head }) {
      const onward = begin(way, request);
      const remove = add(way.admitted, () => socket.destroy());
      socket.once("close", () => {
        remove();
        onward.destroy();
      });
      socket.on("error", () => socket.destroy());
      onward.on("error", () => endBare(socket, 502));
      onward.on("response", (answer) => {
        // The tenant declined. The connection ends with the answer, so that nobody's next request comes along this one.
        socket.write(headOf(answer, { connection: "close" }));
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
    },
    answer(way, { request, response }) {
      const onward = begin(way, request);
      const remove = add(way.admitted, () => response.destroy());
      response.once("close", () => {
        remove();
        onward.destroy();
      });
      onward.on("error", () => (response.headersSent ? response.destroy() : response.writeHead(502, { connection: "close" }).end()));
      onward.on("response", (answer) => {
        response.writeHead(answer.statusCode ?? 502, backHeaders(answer));
        response.flushHeaders();
        answer.on("error", () => response.destroy());
        answer.once("aborted", () => response.destroy());
        answer.pipe(response);
      });
      request.pipe(onward);
    },
    async recheck() {
      const byCredential = Map.groupBy(
        streams,
        ({ admitted: { credential, host } }) => `${credential.kind} ${credential.tokenSha256.toString("base64")} ${host}`,
      );
      for (const alike of byCredential.values()) {
        // When nobody can tell, the stream stays: the database or the manager may be away for a moment.
        const holds = await admissions.holds(alike[0]!.admitted).catch(() => true);
        if (!holds) for (const { cut } of alike) cut();
      }
    },
    close() {
      for (const { cut } of streams) cut();
    },
  };
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

const endBare = (socket: Duplex, status: number): void => void socket.end(`HTTP/1.1 ${status} Bad Gateway\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`);
