import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { Agent, request } from "undici";
import { createTestDatabase } from "../../tests/support/postgres.ts";
import { until } from "../../tests/support/until.ts";
import type { Spread } from "./samples.ts";

/** The worker as a home runs it, with what it needs, and the plain things it is measured against. */
export interface Place {
  worker: string;
  mock: string;
  plain: string;
  jobsDir: string;
  /** On the worker's database. */
  pool: pg.Pool;
  call<T>(method: "GET" | "POST" | "PATCH", url: string, body?: unknown): Promise<T>;
  /** Of the worker, by the kernel's account. Units: megabytes. */
  memoryMb(): number;
  /** The worker's CPU time so far. Units: milliseconds. */
  cpuMs(): number;
  /** Adds to a measurement what the worker spent for each of its parts. */
  withCpu(parts: number, measure: () => Promise<Spread>): Promise<Spread>;
  close(): Promise<void>;
}

export const slots = 30;
const token = "bench-token";
const root = join(import.meta.dirname, "../..");
const children = new Set<ChildProcess>();

export function endChildren(): void {
  for (const child of children) child.kill("SIGKILL");
}

function run(file: string, env: Record<string, string>, out: "pipe" | number): ChildProcess {
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", join(root, file)], {
    env: { ...process.env, ...env },
    stdio: ["ignore", out, out === "pipe" ? "inherit" : out],
  });
  children.add(child);
  child.once("exit", () => children.delete(child));
  return child;
}

/** Starts a program that says its port first. */
async function runServer(file: string): Promise<string> {
  const child = run(file, {}, "pipe");
  const [line] = (await once(child.stdout as NodeJS.ReadableStream, "data")) as [Buffer];
  return `http://127.0.0.1:${line.toString().trim()}`;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

export async function openPlace(): Promise<Place> {
  const database = await createTestDatabase();
  const jobsDir = mkdtempSync(join(tmpdir(), "freehold-bench-jobs-"));
  const [mock, plain, port] = [await runServer("bench/worker/mock.ts"), await runServer("bench/worker/plain.ts"), await freePort()];
  const worker = `http://127.0.0.1:${port}`;
  const child = run("runtime/worker/src/main.ts", environment({ port, url: database.url, mock, jobsDir }), openSync(join(jobsDir, "worker.log"), "a"));
  const agent = new Agent({ connections: 1, pipelining: 1 });
  const pool = new pg.Pool({ connectionString: database.url, max: 4 });
  const place: Place = {
    worker,
    mock,
    plain,
    jobsDir,
    pool,
    call: async (method, url, body) => {
      const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
      const answer = await request(url, { method, headers, dispatcher: agent, body: body === undefined ? null : JSON.stringify(body) });
      const text = await answer.body.text();
      if (answer.statusCode >= 400) throw new Error(`${method} ${url} answered ${answer.statusCode}: ${text.slice(0, 300)}`);
      return JSON.parse(text) as never;
    },
    memoryMb: () => memoryOf(child.pid as number),
    cpuMs: () => cpuOf(child.pid as number),
    withCpu: async (parts, measure) => {
      const from = place.cpuMs();
      const spread = await measure();
      return { ...spread, cpuMs: (place.cpuMs() - from) / parts };
    },
    close: async () => {
      child.kill("SIGTERM");
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
      endChildren();
      await agent.destroy();
      await pool.end();
      await database.drop();
      rmSync(jobsDir, { recursive: true, force: true });
    },
  };
  await until("the worker to be ready", async () => (await fetch(`${worker}/health/ready`)).ok, { timeoutMs: 60_000 });
  return place;
}

export const authorization = `Bearer ${token}`;

const environment = ({ port, url, mock, jobsDir }: { port: number; url: string; mock: string; jobsDir: string }) => ({
  PORT: String(port),
  HOST: "127.0.0.1",
  DATABASE_URL: url,
  WORKER_TOKEN: token,
  WORKER_NAME: "bench",
  MANAGER_URL: mock,
  MANAGER_TOKEN: "none",
  GATEWAY_URL: mock,
  GATEWAY_ADMIN_TOKEN: "none",
  JOBS_DIR: jobsDir,
  SECRETS_KEY: "secrets-key",
  JOB_SLOTS: String(slots),
});

/** User's and kernel's time, which Linux counts in hundredths of a second. */
function cpuOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return 10 * (Number(fields[11]) + Number(fields[12]));
}

function memoryOf(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1_024;
}
