/** Docker: the engine that runs, else one that is started, else, on Debian and Ubuntu as root, one that is installed. */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, openSync, readFileSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Failure } from "../cli/failure.ts";
import { isDebianLike, isRoot, installPackages } from "./apt.ts";
import type { Cache } from "./cache.ts";
import { NOT_FOUND, run, tail } from "./child.ts";
import type { Ended } from "./child.ts";
import type { Progress } from "./progress.ts";
import { DOCKER_OLDEST, compareVersions } from "./versions.ts";

export type DockerState =
  | { state: "running"; version: string; arch: string }
  | { state: "too old"; version: string }
  | { state: "no client" }
  | { state: "denied"; said: string }
  /** The engine of this machine does not answer at its usual socket. */
  | { state: "stopped"; said: string }
  /** An engine that someone chose by DOCKER_HOST or a context does not answer. */
  | { state: "unreachable"; said: string };

const USUAL_SOCKET = /unix:\/\/(\/var)?\/run\/docker\.sock/;
const ASK_MS = 20_000;
const START_MS = 90_000;
const PID_FILE = "/var/run/docker.pid";

export async function lookAtDocker(environment: NodeJS.ProcessEnv = process.env): Promise<DockerState> {
  const asked = await run(["docker", "version", "--format", "{{.Server.Version}} {{.Server.Arch}}"], { timeoutMs: ASK_MS });
  return judge(asked, environment);
}

/** Reads the engine's state out of how `docker version` ended. */
export function judge(asked: Ended, environment: NodeJS.ProcessEnv): DockerState {
  if (asked.code === NOT_FOUND) return { state: "no client" };
  const said = tail(asked.stderr, 4);
  const [version = "", arch = ""] = asked.stdout.trim().split(" ");
  if (asked.code === 0 && /^\d/.test(version)) {
    return compareVersions(version, DOCKER_OLDEST) < 0 ? { state: "too old", version } : { state: "running", version, arch };
  }
  if (/permission denied/i.test(said)) return { state: "denied", said };
  if (asked.timedOut) return { state: "unreachable", said: `docker version gave no answer within ${ASK_MS / 1_000} s` };
  return !environment["DOCKER_HOST"] && USUAL_SOCKET.test(said) ? { state: "stopped", said } : { state: "unreachable", said };
}

/** Throws: Failure that says what to install or to start. */
export async function ensureDocker(cache: Cache, progress: Progress, before: DockerState): Promise<void> {
  let now = before;
  if (now.state === "no client" && canInstall()) {
    await progress.step({ what: "Docker", why: "apt-get install docker.io, about 300 MB" }, (latest) => installDocker(latest));
    now = await lookAtDocker();
  }
  if (now.state === "stopped" && canStart()) {
    await progress.step({ what: "Docker: starting its engine" }, () => start(cache));
    now = await lookAtDocker();
  }
  if (now.state !== "running") throw new Failure(describe(now), cure(now));
}

const canInstall = (): boolean => isRoot() && isDebianLike();
const canStart = (): boolean => process.platform === "linux" && isRoot() && (hasSystemd() || findDaemon() !== undefined || canInstall());
const hasSystemd = (): boolean => existsSync("/run/systemd/system");
const findDaemon = (): string | undefined => ["/usr/bin/dockerd", "/usr/sbin/dockerd", "/usr/local/bin/dockerd"].find((path) => existsSync(path));

async function installDocker(latest: (line: string) => void): Promise<void> {
  // Debian 13 and later have the client in a package of its own.
  const client = await run(["apt-cache", "show", "docker-cli"]);
  await installPackages(["docker.io", "iptables", ...(client.code === 0 ? ["docker-cli"] : [])], latest);
}

async function start(cache: Cache): Promise<void> {
  if (hasSystemd()) {
    const started = await run(["systemctl", "start", "docker"], { timeoutMs: START_MS });
    if (started.code !== 0) throw new Failure(`systemd could not start Docker:\n${tail(started.said)}`, "Look at: journalctl -u docker -n 50");
    await untilRunning(() => undefined, "journalctl -u docker -n 50");
    return;
  }
  if (findDaemon() === undefined) await installDocker(() => {});
  const daemon = findDaemon();
  if (daemon === undefined) throw new Failure("The Docker client is here, but no engine (dockerd).", cure({ state: "no client" }));
  removeStalePidFile();
  const log = cache.path("logs/dockerd.log");
  mkdirSync(dirname(log), { recursive: true });
  const output = openSync(log, "w");
  const child = spawn(daemon, [], { detached: true, stdio: ["ignore", output, output] });
  let ended: string | undefined;
  child.on("error", (error) => (ended = error.message));
  child.on("exit", (code, signal) => (ended = `it ended with ${signal ?? `code ${code}`}`));
  child.unref();
  await untilRunning(() => ended && `${ended}:\n${tail(readFileSync(log, "utf8"), 8)}`, log);
}

/** Throws: Failure when the engine ends or gives no answer in time. */
async function untilRunning(ending: () => string | undefined, log: string): Promise<void> {
  const deadline = Date.now() + START_MS;
  while ((await lookAtDocker()).state !== "running") {
    const end = ending();
    if (end) throw new Failure(`Docker's engine did not start: ${end}`, `Mend what it says (its whole log: ${log}) and run the command again.`);
    if (Date.now() > deadline) throw new Failure(`Docker's engine did not answer within ${START_MS / 1_000} s.`, `Its log says why: ${log}`);
    await delay(400);
  }
}

/** A pid file of an engine that is gone keeps a new one from starting once another process has got that id. */
function removeStalePidFile(): void {
  if (!existsSync(PID_FILE)) return;
  const pid = readFileSync(PID_FILE, "utf8").trim();
  const command = existsSync(`/proc/${pid}/comm`) ? readFileSync(`/proc/${pid}/comm`, "utf8").trim() : "";
  if (command !== "dockerd") rmSync(PID_FILE, { force: true });
}

export function describe(docker: DockerState): string {
  switch (docker.state) {
    case "running":
      return `Docker ${docker.version} answers.`;
    case "too old":
      return `Docker ${docker.version} is too old: ${DOCKER_OLDEST} or newer is needed.`;
    case "no client":
      return "There is no `docker` command on this machine.";
    case "denied":
      return `Docker is there, but you may not use it: ${docker.said}`;
    case "stopped":
      return `Docker's engine does not run: ${docker.said}`;
    case "unreachable":
      return `The chosen Docker engine does not answer: ${docker.said}`;
  }
}

export function cure({ state }: { state: DockerState["state"] }, platform: NodeJS.Platform = process.platform): string {
  if (state === "denied") return `Join the group docker (sudo usermod -aG docker "$USER", then log in again), or run the command with sudo.`;
  if (state === "unreachable")
    return "DOCKER_HOST or `docker context` points at it: start it, or unset DOCKER_HOST (docker context use default) to use this machine's.";
  if (platform === "darwin")
    return "Install and start Docker Desktop (https://docs.docker.com/desktop/mac) or Colima (brew install colima docker && colima start).";
  if (platform === "win32") return "Install Docker Desktop with WSL 2 (https://docs.docker.com/desktop/windows) and run this command inside WSL.";
  if (state === "stopped")
    return hasSystemd() ? "Start it: sudo systemctl start docker" : "Start it as root: dockerd, or run this command as root: it starts it then.";
  if (isDebianLike()) return "Install it: sudo apt-get install docker.io, or run this command as root: it installs it then.";
  return "Install Docker Engine: https://docs.docker.com/engine/install (Fedora: sudo dnf install moby-engine; Arch: sudo pacman -S docker), and start it.";
}
