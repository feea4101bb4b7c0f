// What the worker's logs are measured against: a bare server that relays lines to whoever listens, and one that sends a file as it is.
import { createReadStream } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

const listeners = new Set<ServerResponse>();

const server = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://plain");
  if (pathname === "/file") return void createReadStream(searchParams.get("path") ?? "").pipe(response);
  if (pathname === "/print") {
    const event = `data: {"type":"probe","at":"${process.hrtime.bigint()}"}\n\n`;
    for (const listener of listeners) listener.write(event);
    return void response.end();
  }
  response.writeHead(200, { "content-type": "text/event-stream" }).flushHeaders();
  listeners.add(response);
  response.once("close", () => listeners.delete(response));
});
server.listen(0, "127.0.0.1", () => process.stdout.write(`${(server.address() as AddressInfo).port}\n`));
