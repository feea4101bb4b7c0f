import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { AppError } from "@freehold/kernel/errors";
import { renderRefusal } from "./anthropic-error.ts";
import { refusal } from "./errors.ts";
import { FramedResponse } from "./framed-response.ts";
import type { Relay } from "./relay.ts";
import { routeOf } from "./route.ts";

/** The relayed routes go straight to the relay; express, which would cost them more than the relay itself, serves the rest. */
export function createGatewayListener(relay: Relay, rest: RequestListener): RequestListener {
  return (request, response) => {
    const route = routeOf(request.method, request.url, request.headers);
    if (route === undefined) rest(request, response);
    else relay.handle(request, response, route);
  };
}

export function createGatewayServer(listener: RequestListener): Server {
  // Longer than clients and proxies keep their idle connections, so that they never write into one that we are closing.
  // Probes on idle sockets find callers whose machine is gone: their silence would hold a provider otherwise.
  const sockets = { keepAlive: true, keepAliveInitialDelay: 30_000 };
  const server = createServer(
    { keepAliveTimeout: 120_000, headersTimeout: 30_000, requestTimeout: 300_000, ServerResponse: FramedResponse, ...sockets },
    listener,
  );
  server.on("clientError", (_error: Error, socket: Duplex) => {
    if (!socket.writable) return void socket.destroy();
    const { body, headers } = renderRefusal(
      refusal("request.malformed", "This is no HTTP request that can be read, or its headers are too long."),
      "req_unread",
    );
    const lines = Object.entries({ ...headers, "content-length": String(Buffer.byteLength(body)), connection: "close" }).map(
      ([name, value]) => `${name}: ${value}\r\n`,
    );
    socket.end(`HTTP/1.1 400 Bad Request\r\n${lines.join("")}\r\n${body}`);
  });
  return server;
}

/** Listens and resolves with the port once the socket is open. Throws: AppError `http.port-taken`. */
export function listenOn(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("listening", () => resolve((server.address() as AddressInfo).port));
    server.once("error", (cause: NodeJS.ErrnoException) =>
      reject(
        cause.code === "EADDRINUSE" ? new AppError("http.port-taken", `Port ${port} is taken by another process; stop it or set PORT.`, { cause }) : cause,
      ),
    );
    server.listen(port, host, 4_096);
  });
}
