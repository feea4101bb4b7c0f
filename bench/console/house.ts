import { execFile, spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { Failure } from "../../infra/cli/failure.ts";
import { createTestDatabase } from "../../tests/support/postgres.ts";
import { livedIn, playHello } from "../../tests/support/scripted-jobs.ts";
import { startScriptedGateway } from "../../tests/support/scripted-gateway.ts";
import { startScriptedBackup } from "../../tests/support/scripted-services.ts";
import { startScriptedWorker } from "../../tests/support/scripted-worker.ts";
import { until } from "../../tests/support/until.ts";

const root = join(import.meta.dirname, "../..");

export interface House {
  origin: string;
  /** The owner's session. Shape: a `Cookie` header's value. */
  cookie: string;
  /** The id of the newest job. */
  firstJob: string;
  close(): Promise<void>;
}

/** The console as a home runs it, a process of its own with its built UI on real PostgreSQL, before services that play a home that was lived in. */
export async function startHouse(folder: string, say: (line: string) => void): Promise<House> {
  say("building the web UI");
  const ui = join(folder, "ui");
  await promisify(execFile)(process.execPath, [join(root, "node_modules/vite/bin/vite.js"), "build", "--outDir", ui], {
    cwd: join(root, "runtime/console"),
    env: { ...process.env, NODE_ENV: "production" },
  });
  const database = await createTestDatabase();
  const jobs = livedIn();
  const [worker, gateway, backup] = await Promise.all([
    startScriptedWorker(jobs, playHello),
    startScriptedGateway({ active: "anthropic", isFresh: false }),
    startScriptedBackup(null),
  ]);
  const origin = `http://localhost:${await freePort()}`;
  const secrets = { OWNER_PASSWORD: randomBytes(12).toString("hex"), OWNER_TOKEN: randomBytes(12).toString("hex") };
  const services = {
    WORKER_URL: worker.url,
    GATEWAY_URL: gateway.url,
    BACKUP_URL: backup.url,
    WORKER_TOKEN: "x",
    GATEWAY_ADMIN_TOKEN: "x",
    BACKUP_TOKEN: "x",
    MANAGER_TOKEN: "x",
    TENANT_EDGE_KEY: randomBytes(32).toString("hex"),
  };
  const environment = { PORT: new URL(origin).port, PUBLIC_ORIGIN: origin, DATABASE_URL: database.url, UI_DIR: ui, ...secrets, ...services };
  const process_ = spawn(process.execPath, [join(root, "runtime/console/src/main.ts")], {
    env: { PATH: process.env["PATH"], NODE_ENV: "production", ...environment },
    stdio: ["ignore", "ignore", "inherit"],
  });
  await until("the console to answer", async () => (await fetch(`${origin}/health/ready`)).ok, { timeoutMs: 60_000 });
  const cookie = await signIn(origin, secrets.OWNER_PASSWORD);
  await invite(origin, secrets.OWNER_TOKEN);
  return {
    origin,
    cookie,
    firstJob: jobs[1]!.job.id,
    close: async () => {
      await stop(process_);
      await Promise.all([worker, gateway, backup].map((service) => service.close()));
      await database.drop();
    },
  };
}

async function signIn(origin: string, password: string): Promise<string> {
  const answer = await fetch(`${origin}/api/session`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ password }) });
  const cookie = answer.headers.get("set-cookie")?.split(";")[0];
  if (cookie === undefined) throw new Failure(`Signing in gave status ${answer.status}.`, "Look at the console's log above.");
  return cookie;
}

async function invite(origin: string, token: string): Promise<void> {
  for (const name of ["mira", "noor"])
    await fetch(`${origin}/api/invitations`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
      body: JSON.stringify({ name, role: "viewer" }),
    });
}

const stop = (child: ChildProcess) =>
  new Promise<void>((resolve) => {
    if (child.exitCode !== null) return resolve();
    child.once("exit", () => resolve());
    child.kill("SIGTERM");
  });

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}
