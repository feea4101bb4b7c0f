/**
 * Cleans up after a container that could not be created in full.
 *
 * The bridge forgets a resource whose creation fails after Docker has already made the container (a taken port, a
 * failed health check), so the next run would meet its own leftover under the same name. The container's last words
 * go into the error, then it is removed.
 */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

/** Where a provider's Docker engine is, as its settings say; nothing means the environment decides. */
export type Engine = { host?: string; context?: string; sshOpts?: readonly string[] };

type Docker = (...args: string[]) => Promise<string>;

const CALL_TIMEOUT_MS = 20_000;
const LAST_LINES = 20;

/** The settings that say where the engine is; lists arrive as JSON text or as lists. */
export function engineOf(settings: Record<string, unknown>): Engine {
  const opts: unknown = typeof settings["sshOpts"] === "string" ? JSON.parse(settings["sshOpts"]) : settings["sshOpts"];
  return {
    ...(typeof settings["host"] === "string" ? { host: settings["host"] } : {}),
    ...(typeof settings["context"] === "string" ? { context: settings["context"] } : {}),
    ...(Array.isArray(opts) ? { sshOpts: opts.map(String) } : {}),
  };
}

/** Runs a creation; when it fails and left a new container of that name, removes it and explains. */
export async function withoutLeftover<T>(engine: Engine, name: string, create: () => Promise<T>): Promise<T> {
  const { docker, dispose } = cli(engine);
  try {
    const before = await identity(docker, name);
    try {
      return await create();
    } catch (error) {
      const after = await identity(docker, name);
      if (after !== undefined && after !== before) await explainAndRemove(docker, after, error as Failure);
      else if (after !== undefined) explainTaken(name, error as Failure);
      throw error;
    }
  } finally {
    dispose();
  }
}

type Failure = { message: string; details?: string };

async function identity(docker: Docker, name: string): Promise<string | undefined> {
  const id = await docker("ps", "--all", "--no-trunc", "--quiet", "--filter", `name=^/${name}$`).catch(() => "");
  return id.trim() === "" ? undefined : id.trim();
}

async function explainAndRemove(docker: Docker, id: string, error: Failure): Promise<void> {
  const log = await docker("logs", "--tail", String(LAST_LINES), id).catch(() => "");
  const health = await docker("inspect", "--format", "{{if .State.Health}}{{range .State.Health.Log}}{{.Output}}{{end}}{{end}}", id).catch(() => "");
  await docker("rm", "--force", "--volumes", id).catch(() => "");
  append(error, "The container was removed again, so that the next run starts clean.");
  if (log.trim() !== "") append(error, `Its last lines:\n${log.trimEnd()}`);
  if (health.trim() !== "") append(error, `Its health check said:\n${lastLines(health)}`);
}

function explainTaken(name: string, error: Failure): void {
  append(error, `A container named ${name} was there before and was left alone; if it is a leftover: docker rm -f ${name}`);
}

function append(error: Failure, text: string): void {
  const whole = [error.details ?? error.message, text].filter((part) => part !== "").join("\n");
  error.details = whole;
  error.message = whole;
}

function lastLines(text: string): string {
  return text.trimEnd().split("\n").slice(-LAST_LINES).join("\n");
}

/** The docker command for this engine. It has no option for `ssh` options, so it meets an `ssh` that adds them. */
function cli(engine: Engine): { docker: Docker; dispose: () => void } {
  const place = engine.host ? ["--host", engine.host] : engine.context ? ["--context", engine.context] : [];
  const folder = engine.sshOpts && engine.sshOpts.length > 0 ? sshFolder(engine.sshOpts) : undefined;
  const env = folder ? { ...process.env, PATH: `${folder}${delimiter}${process.env["PATH"] ?? ""}`, FREEHOLD_PATH: process.env["PATH"] } : process.env;
  const docker: Docker = (...args) =>
    new Promise((resolve, reject) =>
      execFile("docker", [...place, ...args], { env, timeout: CALL_TIMEOUT_MS, maxBuffer: 16 * 1024 * 1024 }, (error, stdout, stderr) =>
        error ? reject(error) : resolve(args[0] === "logs" ? stdout + stderr : stdout),
      ),
    );
  return { docker, dispose: () => folder && rmSync(folder, { recursive: true, force: true }) };
}

function sshFolder(options: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), "freehold-docker-ssh-"));
  const quoted = options.map((option) => `'${option.replaceAll("'", `'\\''`)}'`).join(" ");
  writeFileSync(join(folder, "ssh"), `#!/bin/sh\nPATH="$FREEHOLD_PATH" exec ssh ${quoted} "$@"\n`, { mode: 0o700 });
  return folder;
}
