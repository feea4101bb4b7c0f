import { createServer, request, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export const bucketErrors = ["500", "503", "429", "cut", "half", "away"] as const;
export type BucketError = (typeof bucketErrors)[number];

/** The way to the bucket emulator, which fails when it is told to. */
export class FlakyBucket {
  readonly #upstream: URL;
  readonly #server = createServer((asked, answer) => this.#take(asked, answer));
  #failing: { error: BucketError; left: number } | undefined;
  #awaited: { at: number; reached: () => void }[] = [];
  #port = 0;
  /** How many requests came until now. */
  requests = 0;
  /** How many of them were answered by an error. */
  failed = 0;

  constructor(upstream: string) {
    this.#upstream = new URL(upstream);
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve, reject) => this.#server.once("error", reject).listen(this.#port, "127.0.0.1", resolve));
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  stop(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  /** The next `count` requests fail. */
  fail(error: Exclude<BucketError, "away">, count: number): void {
    this.#failing = { error, left: count };
  }

  heal(): void {
    this.#failing = undefined;
  }

  /** Resolves when the n-th request from now comes, before it is answered. */
  nth(count: number): Promise<void> {
    return new Promise((reached) => this.#awaited.push({ at: this.requests + count, reached }));
  }

  #take(asked: IncomingMessage, answer: ServerResponse): void {
    this.requests += 1;
    for (const { reached } of this.#awaited.filter(({ at }) => at <= this.requests)) reached();
    this.#awaited = this.#awaited.filter(({ at }) => at > this.requests);
    const failing = this.#failing;
    if (failing === undefined || failing.left <= 0) return this.#passOn(asked, answer, false);
    failing.left -= 1;
    this.failed += 1;
    if (failing.error === "cut") return void asked.destroy();
    if (failing.error === "half") return this.#passOn(asked, answer, true);
    asked
      .resume()
      .once("end", () => answer.writeHead(Number(failing.error)).end(JSON.stringify({ error: { code: Number(failing.error), message: "not now" } })));
  }

  /** Cut short, the bucket has done what it was asked for, and the one who asked does not learn it. */
  #passOn(asked: IncomingMessage, answer: ServerResponse, cutShort: boolean): void {
    const { hostname, port } = this.#upstream;
    const asking = request({ hostname, port, method: asked.method, path: asked.url, headers: asked.headers, setHost: false });
    asking.once("error", () => answer.destroy());
    asked.once("error", () => asking.destroy());
    asking.once("response", (response) => {
      response.once("error", () => answer.destroy());
      if (cutShort) return void response.resume().once("end", () => answer.destroy());
      answer.writeHead(response.statusCode ?? 502, response.headers);
      response.pipe(answer);
    });
    asked.pipe(asking);
  }
}
