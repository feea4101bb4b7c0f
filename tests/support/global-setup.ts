import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "./until.ts";

const root = join(import.meta.dirname, "../..");
const docker = (...argv: string[]) => execFileSync("docker", argv, { encoding: "utf8", env: { ...process.env, DOCKER_CLI_HINTS: "false" } }).trim();

/**
 * Makes a folder for what the tests of this run share, and starts the real PostgreSQL of the home from the home's own Dockerfile;
 * `FREEHOLD_TEST_POSTGRES` names one that runs already.
 */
export default async function globalSetup(): Promise<void> {
  const run = mkdtempSync(join(tmpdir(), "freehold-test-run-"));
  process.env["FREEHOLD_TEST_RUN"] = run;
  if (process.env["FREEHOLD_TEST_POSTGRES"] !== undefined) return;
  const image = "freehold/postgres:test";
  docker("build", "--quiet", "--tag", image, join(root, "runtime/images/postgres"));
  const passwordFile = join(run, "password");
  writeFileSync(passwordFile, "test", { mode: 0o644 });
  const mount = `type=bind,source=${passwordFile},target=/run/password,readonly`;
  const id = docker(
    "run",
    "--detach",
    "--rm",
    "--publish",
    "127.0.0.1:0:5432",
    "--mount",
    mount,
    "--env",
    "POSTGRES_PASSWORD_FILE=/run/password",
    "--label",
    "freehold.test=postgres",
    image,
  );
  process.env["FREEHOLD_TEST_POSTGRES_CONTAINER"] = id;
  const port = docker("port", id, "5432").split(":").at(-1);
  process.env["FREEHOLD_TEST_POSTGRES"] = `postgres://postgres:test@127.0.0.1:${port}/postgres`;
  await until("PostgreSQL to answer", () => spawnSync("docker", ["exec", id, "pg_isready", "-h", "127.0.0.1", "-U", "postgres"]).status === 0, {
    timeoutMs: 30_000,
    everyMs: 100,
  });
}
