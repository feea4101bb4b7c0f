import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface SeenRequest {
  method: string;
  url: string;
  headers: IncomingHttpHeaders;
}

/** A real HTTP server that stands for another service and does what a test's script says. */
export interface ScriptedUpstream {
  url: string;
  /** What was asked, oldest first. */
  seen: SeenRequest[];
  /** Connections whose request was taken and not yet answered to its end. */
  open(): number;
  /** Connections that are open, idle ones too. */
  connections(): Promise<number>;
  /** Replaces the script. */
  answer(script: Script): void;
  close(): Promise<void>;
}

export type Script = (request: IncomingMessage, response: ServerResponse) => void;

export async function startUpstream(first: Script = (_request, response) => void response.end("{}")): Promise<ScriptedUpstream> {
  let script = first;
  let open = 0;
  const seen: SeenRequest[] = [];
  const server = createServer((request, response) => {
    open += 1;
    response.once("close", () => (open -= 1));
    seen.push({ method: request.method ?? "", url: request.url ?? "", headers: request.headers });
    script(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    open: () => open,
    connections: () => new Promise((resolve, reject) => server.getConnections((error, count) => (error === null ? resolve(count) : reject(error)))),
    answer: (next) => void (script = next),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export function answerJson(body: unknown, status = 200): Script {
  return (request, response) => {
    request.resume();
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  };
}
