import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createJobPlace, docker, type JobPlace } from "./job-place.ts";
import { until } from "./until.ts";

const root = join(import.meta.dirname, "../..");
const services = ["postgres", "model", "gateway", "manager", "worker"] as const;
export type HomePart = (typeof services)[number];

/** The part of a home that runs jobs: each service a container of the sources as they are, so that each can be killed like the real one. */
export interface JobHome {
  place: JobPlace;
  url(): string;
  /** SIGKILL, as a crash or the kernel would. */
  kill(part: HomePart): void;
  start(part: HomePart): void;
  /** Names of the job containers that are there now, ended ones included. */
  jobContainers(): string[];
  logs(part: HomePart): string;
  remove(): void;
}

export async function startJobHome(slots: number): Promise<JobHome> {
  docker("build", "--quiet", "--tag", "freehold/postgres:test", join(root, "runtime/images/postgres"));
  docker("build", "--quiet", "--tag", "freehold/job:test", join(root, "runtime/images/job"));
  const place = createJobPlace("drill", slots);
  const secrets = mkdtempSync(join(tmpdir(), "freehold-test-secrets-"));
  // PostgreSQL's own user reads it.
  chmodSync(secrets, 0o755);
  writeFileSync(join(secrets, "password"), "test", { mode: 0o644 });
  const core = docker("network", "create", `${place.prefix}-core`);
  const name = (part: HomePart) => `${place.prefix}-${part}`;
  const home: JobHome = {
    place,
    url: () => `http://${docker("port", name("worker"), "4040").split("\n")[0]}`,
    kill: (part) => void docker("kill", "--signal", "KILL", name(part)),
    start: (part) => void docker("start", name(part)),
    jobContainers: () => docker("ps", "--all", "--format", "{{.Names}}", "--filter", `name=^${place.prefix}-job-`).split("\n").filter(Boolean),
    logs: (part) => spawnSync("docker", ["logs", name(part)], { encoding: "utf8" }).stdout,
    remove: () => {
      place.removeContainers();
      docker("network", "rm", core);
      place.remove();
      rmSync(secrets, { recursive: true });
    },
  };
  try {
    await bringUp(home, { core, secrets, name });
    return home;
  } catch (thrown) {
    console.error(home.logs("postgres").slice(-2_000));
    home.remove();
    throw thrown;
  }
}

interface Parts {
  core: string;
  secrets: string;
  name: (part: HomePart) => string;
}

async function bringUp({ place, url }: JobHome, { core, secrets, name }: Parts): Promise<void> {
  run(name("postgres"), core, "postgres", [
    "--volume",
    `${secrets}:/run/secrets:ro`,
    "--env",
    "POSTGRES_PASSWORD_FILE=/run/secrets/password",
    "--init",
    "freehold/postgres:test",
  ]);
  await until("PostgreSQL", () => spawnSync("docker", ["exec", name("postgres"), "pg_isready", "-h", "127.0.0.1"]).status === 0, {
    timeoutMs: 30_000,
    everyMs: 200,
  });
  for (const database of ["gateway", "worker"]) docker("exec", name("postgres"), "createdb", "-h", "/run/postgresql", "-U", "postgres", database);
  startServices(place, core, name);
  for (const network of place.networks) docker("network", "connect", "--alias", "gateway", network, name("gateway"));
  await until("the worker", async () => (await fetch(`${url()}/health/ready`)).ok, { timeoutMs: 60_000, everyMs: 200 });
}

function startServices(place: JobPlace, core: string, name: (part: HomePart) => string): void {
  const service = (part: HomePart, argv: string[], env: Record<string, string>) => {
    const variables = Object.entries({ HOST: "0.0.0.0", ...env }).flatMap(([key, value]) => ["--env", `${key}=${value}`]);
    const hardening = ["--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--init", "--volume", `${root}:/app:ro`, "--workdir", "/app"];
    run(name(part), core, part, [...hardening, ...variables, ...argv, "node:24-trixie-slim", "node", `runtime/${part}/src/main.ts`]);
  };
  const database = (part: string) => ({ DATABASE_URL: `postgres://postgres@postgres:5432/${part}`, DATABASE_PASSWORD: "test" });
  service("model", ["--user", "1000:1000"], {});
  service("gateway", ["--user", "1000:1000"], { ...database("gateway"), GATEWAY_ADMIN_TOKEN: "admin-token", REHEARSAL_URL: "http://model:4020" });
  service("manager", ["--volume", "/var/run/docker.sock:/var/run/docker.sock"], {
    MANAGER_TOKEN: "manager-token",
    NAME_PREFIX: place.prefix,
    JOBS_VOLUME: place.volume,
    JOB_IMAGE: "freehold/job:test",
    JOB_NETWORKS: place.networks.join(","),
    JOB_MEMORY_MB: "768",
  });
  service("worker", ["--user", "1000:1000", "--volume", `${place.volume}:/jobs`, "--publish", "127.0.0.1::4040"], {
    ...database("worker"),
    WORKER_TOKEN: "worker-token",
    SECRETS_KEY: "secrets-key",
    WORKER_NAME: "worker-1",
    MANAGER_TOKEN: "manager-token",
    GATEWAY_ADMIN_TOKEN: "admin-token",
    JOB_SLOTS: String(place.networks.length),
    RETRY_DELAY_MS: "200",
  });
}

function run(container: string, network: string, alias: string, argv: string[]): void {
  docker("run", "--detach", "--name", container, "--network", network, "--network-alias", alias, ...argv);
}
