import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadConfig } from "@freehold/kernel/config";
import type { Closer } from "@freehold/kernel/lifecycle";
import { silentLog, type Log } from "@freehold/kernel/log";
import { settings } from "../config.ts";
import type { Job } from "../job.ts";
import { startWorker } from "../worker.ts";
import { ScriptedGatewayAdmin } from "./scripted-gateway-admin.ts";
import { ScriptedManager } from "./scripted-manager.ts";

export interface RunningWorker {
  url: string;
  call(method: string, path: string, body?: unknown): Promise<Response>;
  post(job?: object): Promise<Job>;
  get(id: string): Promise<Job>;
  stop(): Promise<void>;
}

/** What workers need: a manager, a gateway, a folder; and any number of workers on one database, with short times. */
export class WorkerPlace {
  readonly manager = new ScriptedManager();
  readonly gateway = new ScriptedGatewayAdmin();
  jobsDir = "";
  readonly #databaseUrl: string;
  readonly #workers = new Set<RunningWorker>();

  constructor(databaseUrl: string) {
    this.#databaseUrl = databaseUrl;
  }

  async start(): Promise<void> {
    this.jobsDir = await mkdtemp(join(tmpdir(), "freehold-test-jobs-"));
    await Promise.all([this.manager.start(), this.gateway.start()]);
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#workers].map((worker) => worker.stop()));
    await Promise.all([this.manager.crash(), this.gateway.stop()]);
    await rm(this.jobsDir, { recursive: true });
  }

  environment(more: Record<string, string> = {}): Record<string, string> {
    return {
      PORT: "0",
      HOST: "127.0.0.1",
      DATABASE_URL: this.#databaseUrl,
      WORKER_TOKEN: "worker-token",
      WORKER_NAME: "one",
      SECRETS_KEY: "secrets-key",
      NOTICE_POLL_MS: "20",
      NOTICE_RETRY_MS: "10",
      MANAGER_URL: this.manager.url,
      MANAGER_TOKEN: "manager-token",
      GATEWAY_URL: this.gateway.url,
      GATEWAY_ADMIN_TOKEN: "admin-token",
      JOBS_DIR: this.jobsDir,
      RETRY_DELAY_MS: "10",
      LEASE_MS: "600",
      POLL_MS: "50",
      SWEEP_MS: "200",
      JOB_STOP_GRACE_MS: "50",
      ...more,
    };
  }

  async worker(more: Record<string, string> = {}, log: Log = silentLog): Promise<RunningWorker> {
    const closers: Closer[] = [];
    const { port } = await startWorker(loadConfig(settings, this.environment(more)), log, (closer) => closers.push(closer));
    const worker = clientOf(`http://127.0.0.1:${port}`, async () => {
      this.#workers.delete(worker);
      for (const closer of closers.splice(0).toReversed()) await closer();
    });
    this.#workers.add(worker);
    return worker;
  }
}

export function clientOf(url: string, stop: () => Promise<void>): RunningWorker {
  const call = (method: string, path: string, body?: unknown) =>
    fetch(`${url}${path}`, {
      method,
      headers: { authorization: "Bearer worker-token", "content-type": "application/json" },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
  const job = async (response: Response) => {
    if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
    return (await response.json()) as Job;
  };
  return {
    url,
    call,
    stop,
    post: async (more = {}) => job(await call("POST", "/api/jobs", { prompt: "do it", ...more })),
    get: async (id) => job(await call("GET", `/api/jobs/${id}`)),
  };
}

export const successOf = (text: string) => ({ type: "result", subtype: "success", is_error: false, result: text, permission_denials: [] });
