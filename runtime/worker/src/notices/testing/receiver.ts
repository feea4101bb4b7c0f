import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";

export interface Received {
  path: string;
  headers: IncomingHttpHeaders;
  text: string;
  json: unknown;
}

/** A receiver of notices over real HTTP, which answers what the test says. */
export class Receiver {
  readonly received: Received[] = [];
  /** Shape: a status, or one with headers; undefined breaks the connection off. */
  answer: (nth: number) => { status: number; headers?: Record<string, string>; body?: string } | undefined = () => ({ status: 200, body: "ok" });
  /** Leaves a request without any answer. */
  holds: (nth: number) => boolean = () => false;
  #server: Server | undefined;
  url = "";

  async start(): Promise<this> {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request
        .on("data", (chunk: Buffer) => chunks.push(chunk))
        .on("end", () => {
          const text = Buffer.concat(chunks).toString();
          this.received.push({ path: request.url ?? "", headers: request.headers, text, json: JSON.parse(text) as unknown });
          if (this.holds(this.received.length)) return;
          const answer = this.answer(this.received.length);
          if (answer === undefined) return void request.socket.destroy();
          response.writeHead(answer.status, answer.headers).end(answer.body);
        });
    });
    await new Promise<void>((resolve) => this.#server?.listen(0, "127.0.0.1", resolve));
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    return this;
  }

  async stop(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#server?.close(() => resolve());
      this.#server?.closeAllConnections();
    });
  }
}
