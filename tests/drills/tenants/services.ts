import { spawn, type ChildProcess } from "node:child_process";
import { openSync, readFileSync } from "node:fs";
import { request } from "node:https";
import { connect, createServer, type AddressInfo, type Server } from "node:net";
import { join } from "node:path";
import { until } from "../../support/until.ts";

const root = join(import.meta.dirname, "../../..");

export interface Answer {
  status: number;
  body: Record<string, unknown>;
}

/** Throws where nobody answers, or the answer breaks off. Units: milliseconds. */
export async function callJson(url: string, { method = "GET", body, token, withinMs = 20_000 }: CallOptions = {}): Promise<Answer> {
  const response = await fetch(url, {
    method,
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    signal: AbortSignal.timeout(withinMs),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text.startsWith("{") ? (JSON.parse(text) as Record<string, unknown>) : {} };
}

export interface CallOptions {
  method?: string;
  body?: object;
  token?: string;
  withinMs?: number;
}

/** The manager as a process of this machine, started from its own main.ts. */
export class ManagerProcess {
  readonly #environment: Record<string, string>;
  readonly #logFile: string;
  #process: ChildProcess | undefined;

  constructor(environment: Record<string, string>, logFile: string) {
    this.#environment = environment;
    this.#logFile = logFile;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#environment["PORT"]}`;
  }

  call(path: string, options: CallOptions = {}): Promise<Answer> {
    return callJson(`${this.url}${path}`, { token: this.#environment["MANAGER_TOKEN"] ?? "", ...options });
  }

  async start(): Promise<void> {
    const log = openSync(this.#logFile, "a");
    const { PATH = "" } = process.env;
    const argv = ["--disable-warning=ExperimentalWarning", "runtime/manager/src/main.ts"];
    this.#process = spawn(process.execPath, argv, { cwd: root, env: { PATH, ...this.#environment }, stdio: ["ignore", log, log] });
    await until("the manager", async () => (await this.call("/tenants")).status === 200, { timeoutMs: 60_000, everyMs: 100 });
  }

  async kill(): Promise<void> {
    const running = this.#process;
    if (running === undefined || running.exitCode !== null || running.signalCode !== null) return;
    const ended = new Promise((resolve) => running.once("exit", resolve));
    running.kill("SIGKILL");
    await ended;
  }

  log(): string {
    return readFileSync(this.#logFile, "utf8").slice(-6_000);
  }
}

/** A door on another address of this machine that leads to a port of its loopback. */
export async function openPassage(address: string, port: number): Promise<{ port: number; close: () => Promise<void> }> {
  const server: Server = createServer((socket) => {
    const inner = connect(port, "127.0.0.1");
    socket.pipe(inner).pipe(socket);
    for (const [one, other] of [
      [socket, inner],
      [inner, socket],
    ] as const)
      one.once("error", () => other.destroy()).once("close", () => other.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, address, resolve));
  return { port: (server.address() as AddressInfo).port, close: () => new Promise((resolve) => void server.close(() => resolve())) };
}

export interface Page {
  /** Where Caddy listens. */
  address: string;
  port: number;
  /** The name that is asked for. */
  host: string;
  token: string;
  /** What signed Caddy's certificates. Shape: PEM. */
  authority: string;
}

/** The status of a page through Caddy; undefined where there is no such site, or nobody answers. */
export const statusOf = ({ address, port, host, token, authority }: Page): Promise<number | undefined> =>
  new Promise((resolve) => {
    const headers = { host: `${host}:${port}`, authorization: `Bearer ${token}` };
    const asking = request({ host: address, port, servername: host, path: "/readyz", ca: authority, agent: false, timeout: 15_000, headers });
    asking.once("timeout", () => asking.destroy());
    asking.once("error", () => resolve(undefined));
    asking.once("response", (answer) => {
      answer.resume().once("close", () => resolve(answer.statusCode));
    });
    asking.end();
  });
