import { setTimeout as delay } from "node:timers/promises";
import { request, WebSocket, type Agent, type Dispatcher } from "undici";
import { agentFor } from "./visitor.ts";
import { httpsPort, type WholeHome } from "./whole-home.ts";

/** What others saw meanwhile. Units: milliseconds. */
export interface HeldFigures {
  sockets: number;
  streams: number;
  /** Ended before they were to. */
  cut: number;
  echoes: number;
  longestEchoMs: number;
  /** Between two events of a stream that sends one each second. */
  longestSilenceMs: number;
  requests: number;
  dropped: number;
  longestRequestMs: number;
}

export interface Holding {
  edge: WholeHome["edge"];
  id: string;
  token: string;
  sockets: number;
  streams: number;
}

/** Units: milliseconds. Between two words over a WebSocket, and between two requests. */
const everyMs = 1_000;
const askEveryMs = 50;

/** WebSockets and event streams of one tenant that are kept open, with a word over each every second, while it is asked for pages. */
export class HeldStreams {
  readonly #origin: string;
  readonly #with: { dispatcher: Agent; headers: Record<string, string> };
  readonly #over = new AbortController();
  readonly #figures: HeldFigures;
  #sockets: WebSocket[] = [];
  #going: Promise<unknown> = Promise.resolve();

  private constructor({ edge, id, token, sockets, streams }: Holding) {
    this.#with = { dispatcher: agentFor(edge), headers: { authorization: `Bearer ${token}` } };
    this.#origin = `${id}.localhost:${httpsPort}`;
    this.#figures = { sockets, streams, cut: 0, echoes: 0, longestEchoMs: 0, longestSilenceMs: 0, requests: 0, dropped: 0, longestRequestMs: 0 };
  }

  static async open(holding: Holding): Promise<HeldStreams> {
    const held = new HeldStreams(holding);
    held.#sockets = await Promise.all(Array.from({ length: holding.sockets }, () => held.#socket()));
    const streams = await Promise.all(Array.from({ length: holding.streams }, () => held.#stream()));
    held.#going = Promise.all([...held.#sockets.map((socket) => held.#talk(socket)), ...streams.map((body) => held.#listen(body)), held.#ask(), held.#ask()]);
    return held;
  }

  async end(): Promise<HeldFigures> {
    this.#over.abort();
    for (const socket of this.#sockets) socket.close();
    await this.#going;
    await this.#with.dispatcher.destroy();
    return this.#figures;
  }

  async #socket(): Promise<WebSocket> {
    const socket = new WebSocket(`wss://${this.#origin}/`, this.#with);
    await new Promise((resolve, reject) => {
      // Its greeting.
      socket.addEventListener("message", resolve, { once: true });
      socket.addEventListener("error", () => reject(new Error(`No WebSocket at ${this.#origin}.`)), { once: true });
    });
    return socket;
  }

  async #talk(socket: WebSocket): Promise<void> {
    const closed = new Promise<string>((resolve) => socket.addEventListener("close", () => resolve("closed"), { once: true }));
    while (!this.#over.signal.aborted) {
      const began = performance.now();
      const heard = new Promise((resolve) => socket.addEventListener("message", resolve, { once: true }));
      socket.send("a word");
      if ((await Promise.race([heard, closed])) === "closed") break;
      this.#longest("longestEchoMs", began);
      this.#figures.echoes += 1;
      await delay(everyMs, undefined, { signal: this.#over.signal }).catch(() => undefined);
    }
    this.#ended();
  }

  async #stream(): Promise<Dispatcher.ResponseData["body"]> {
    const { statusCode, body } = await request(`https://${this.#origin}/events`, { ...this.#with, signal: this.#over.signal });
    if (statusCode !== 200) throw new Error(`The stream at ${this.#origin} was refused with ${statusCode}.`);
    return body;
  }

  async #listen(body: Dispatcher.ResponseData["body"]): Promise<void> {
    let last = performance.now();
    try {
      for await (const _event of body) {
        this.#longest("longestSilenceMs", last);
        last = performance.now();
      }
    } catch {
      // It was ended here, or cut.
    }
    this.#ended();
  }

  async #ask(): Promise<void> {
    for (; !this.#over.signal.aborted; await delay(askEveryMs)) {
      const began = performance.now();
      const status = await request(`https://${this.#origin}/page`, this.#with)
        .then(async ({ statusCode, body }) => body.dump().then(() => statusCode))
        .catch(() => 0);
      this.#longest("longestRequestMs", began);
      this.#figures.requests += 1;
      if (status !== 200) this.#figures.dropped += 1;
    }
  }

  #ended(): void {
    if (!this.#over.signal.aborted) this.#figures.cut += 1;
  }

  #longest(name: "longestEchoMs" | "longestSilenceMs" | "longestRequestMs", since: number): void {
    this.#figures[name] = Math.max(this.#figures[name], Math.round(performance.now() - since));
  }
}
