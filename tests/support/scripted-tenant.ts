import { createHash } from "node:crypto";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";

export interface SeenByTenant {
  method: string;
  url: string;
  headers: IncomingHttpHeaders;
  body: string;
}

/** A real server in a tenant's place: it answers, streams events and echoes a WebSocket's frames. */
export interface ScriptedTenantServer {
  seen: SeenByTenant[];
  /** Sends an event to whoever listens at `/events`. */
  emit(text: string): void;
  listeners(): number;
  close(): Promise<void>;
}

export async function startScriptedTenant(address: string, port: number, name = address): Promise<ScriptedTenantServer> {
  const seen: SeenByTenant[] = [];
  const listeners = new Set<ServerResponse>();
  const sockets = new Set<Duplex>();
  const server = createServer((request, response) => void answer(request, response).catch(() => response.destroy()));
  const note = (request: IncomingMessage, body: string) =>
    void seen.push({ method: request.method ?? "", url: request.url ?? "", headers: request.headers, body });
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    let body = "";
    for await (const chunk of request) body += String(chunk);
    note(request, body);
    if (request.url?.startsWith("/events") === true) {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(": hello\n\n");
      listeners.add(response);
      response.once("close", () => listeners.delete(response));
      return;
    }
    if (request.url === "/hostile")
      response.setHeader("set-cookie", ["planted=1; Domain=localhost; Path=/", "own=2; Path=/"]).setHeader("clear-site-data", '"cookies"');
    response
      .setHeader("content-type", "text/html; charset=utf-8")
      .end(`<!doctype html><html lang="en"><title>${name}</title><h1>Tenant ${name}</h1><main>${body}</main>`);
  };
  server.on("upgrade", (request, socket) => {
    note(request, "");
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    const accept = createHash("sha1").update(`${request.headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: ${accept}\r\n\r\n`);
    echoFrames(socket);
  });
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(port, address, resolve));
  return {
    seen,
    emit: (text) => {
      for (const response of listeners) response.write(`data: ${text}\n\n`);
    },
    listeners: () => listeners.size,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Answers each short text frame with its text. Source: RFC 6455, section 5.2. */
function echoFrames(socket: Duplex): void {
  let held = Buffer.alloc(0);
  socket.on("data", (chunk: Buffer) => {
    held = Buffer.concat([held, chunk]);
    while (held.length >= 6) {
      const length = held[1]! & 0x7f;
      if (held.length < 6 + length) return;
      const opcode = held[0]! & 0x0f;
      const mask = held.subarray(2, 6);
      const text = Buffer.from(held.subarray(6, 6 + length).map((byte, index) => byte ^ mask[index % 4]!));
      held = held.subarray(6 + length);
      socket.write(Buffer.concat([Buffer.from([0x80 | opcode, length]), text]));
      if (opcode === 8) socket.end();
    }
  });
}
