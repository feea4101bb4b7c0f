import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { ContainerRequest, TaskRequest, TaskResult } from "../clients/manager.ts";

interface Container {
  request: ContainerRequest;
  state: "created" | "running" | "exited";
  exitCode: number | null;
  oomKilled: boolean;
  finishedAt: string | null;
  log: Buffer;
  readers: Set<() => void>;
}

/** A manager over real HTTP whose containers do what the test says; the engine behind it is this process's memory, which outlives its crashes. */
export class ScriptedManager {
  readonly containers = new Map<string, Container>();
  /** Every request, as `METHOD /path`. */
  readonly calls: string[] = [];
  /** The largest number of running containers, in all and of one job. */
  readonly most = { running: 0, ofOneJob: 0 };
  /** What a new container does; nothing unless set. */
  onStart: (name: string, request: ContainerRequest) => void = () => undefined;
  /** What a container does when it is asked to stop; ends with 143 unless set. */
  onStop: (name: string) => void = (name) => this.exit(name, 143);
  /** Answers instead of the script when it returns a status. */
  intercept: (call: string) => number | undefined | Promise<number | undefined> = () => undefined;
  /** Does what is asked but breaks the connection instead of answering. */
  loseAnswer: (call: string) => boolean = () => false;
  /** Breaks the connection at once, and does what is asked when this resolves. */
  doLater: (call: string) => Promise<void> | undefined = () => undefined;
  /** What a task does; nothing unless set. */
  onTask: (request: TaskRequest) => Promise<TaskResult> = async () => ({ exitCode: 0, output: "", truncated: false });
  readonly tasks: TaskRequest[] = [];
  /** Units: bytes after which each connection to a log is cut. */
  cutLogAfter = Number.POSITIVE_INFINITY;
  #server: Server | undefined;
  #port = 0;

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async start(): Promise<void> {
    const server = createServer((request, response) => void this.#answer(request, response).catch(() => response.destroy()));
    await new Promise<void>((resolve) => server.listen(this.#port, "127.0.0.1", resolve));
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  /** As kill -9 would: every connection breaks, the containers run on. */
  async crash(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#server?.close(() => resolve());
      this.#server?.closeAllConnections();
    });
  }

  print(name: string, ...lines: unknown[]): void {
    const container = this.#get(name);
    const text = lines.map((line) => `${typeof line === "string" ? line : JSON.stringify(line)}\n`).join("");
    container.log = Buffer.concat([container.log, Buffer.from(text)]);
    for (const reader of container.readers) reader();
  }

  exit(name: string, exitCode: number, more: { oomKilled?: boolean } = {}): void {
    const container = this.containers.get(name);
    if (container === undefined || container.state !== "running") return;
    Object.assign(container, { state: "exited", exitCode, finishedAt: new Date().toISOString(), ...more });
    for (const reader of container.readers) reader();
  }

  /** As a `docker rm` behind everybody's back. */
  vanish(name: string): void {
    const container = this.#get(name);
    this.containers.delete(name);
    for (const reader of container.readers) reader();
  }

  add(name: string, request: ContainerRequest, state: Container["state"] = "running"): void {
    this.containers.set(name, { request, state, exitCode: null, oomKilled: false, finishedAt: null, log: Buffer.alloc(0), readers: new Set() });
    const running = [...this.containers.values()].filter((one) => one.state === "running");
    this.most.running = Math.max(this.most.running, running.length);
    this.most.ofOneJob = Math.max(this.most.ofOneJob, running.filter((one) => one.request.jobId === request.jobId).length);
  }

  #get(name: string): Container {
    const container = this.containers.get(name);
    if (container === undefined) throw new Error(`the script has no container ${name}`);
    return container;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? "/", this.url);
    const call = `${request.method} ${pathname}`;
    this.calls.push(call);
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const status = await this.intercept(call);
    if (status === 0) return void request.socket.destroy();
    if (status !== undefined) return problem(response, status, "scripted.fault");
    const later = this.doLater(call);
    if (later !== undefined) {
      request.socket.destroy();
      await later;
    }
    if (this.loseAnswer(call)) response.writeHead = () => (request.socket.destroy(), response);
    if (pathname === "/tasks") {
      const task = JSON.parse(Buffer.concat(chunks).toString()) as TaskRequest;
      this.tasks.push(task);
      return json(response, 200, await this.onTask(task));
    }
    const [, , name = "", action] = pathname.split("/");
    if (name === "")
      return json(
        response,
        200,
        [...this.containers].map(([one, container]) => view(one, container)),
      );
    if (request.method === "PUT") return this.#put(response, name, JSON.parse(Buffer.concat(chunks).toString()) as ContainerRequest);
    const container = this.containers.get(name);
    if (request.method === "DELETE") return this.#delete(response, name);
    if (container === undefined) return problem(response, 404, "container.unknown");
    if (action === "stop") return this.#stop(response, name);
    return action === "log" ? this.#log(response, name, Number(searchParams.get("offset"))) : json(response, 200, view(name, container));
  }

  #put(response: ServerResponse, name: string, request: ContainerRequest): void {
    const existing = this.containers.get(name);
    if (existing !== undefined && JSON.stringify(existing.request) !== JSON.stringify(request)) return problem(response, 409, "container.conflict");
    const busy = [...this.containers].find(
      ([other, { state, request: of }]) => other !== name && state !== "exited" && (of.jobId === request.jobId || of.slot === request.slot),
    );
    if (busy !== undefined) return problem(response, 409, busy[1].request.jobId === request.jobId ? "container.job-busy" : "container.slot-busy");
    if (existing === undefined) this.add(name, request);
    json(response, existing === undefined ? 201 : 200, view(name, this.#get(name)));
    if (existing === undefined) this.onStart(name, request);
  }

  #stop(response: ServerResponse, name: string): void {
    response.writeHead(202).end();
    this.onStop(name);
  }

  #delete(response: ServerResponse, name: string): void {
    if (this.containers.has(name)) this.vanish(name);
    response.writeHead(204).end();
  }

  #log(response: ServerResponse, name: string, offset: number): void {
    const container = this.#get(name);
    let sent = 0;
    const send = () => {
      const bytes = container.log.subarray(offset + sent, Math.min(container.log.length, offset + this.cutLogAfter));
      sent += bytes.length;
      const cut = sent >= this.cutLogAfter || !this.containers.has(name);
      if (bytes.length > 0) response.write(bytes, () => cut && response.destroy());
      if (cut) return bytes.length === 0 ? void response.destroy() : undefined;
      if (container.state === "exited") response.end();
    };
    response.writeHead(200, { "content-type": "text/plain" }).flushHeaders();
    container.readers.add(send);
    response.once("close", () => container.readers.delete(send));
    send();
  }
}

const view = (name: string, { request, state, exitCode, oomKilled, finishedAt }: Container) => ({
  name,
  jobId: request.jobId,
  attempt: request.attempt,
  slot: request.slot,
  state,
  exitCode,
  oomKilled,
  finishedAt,
});

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

function problem(response: ServerResponse, status: number, code: string): void {
  response.writeHead(status, { "content-type": "application/problem+json" }).end(JSON.stringify({ code, status, detail: `scripted: ${code}` }));
}
