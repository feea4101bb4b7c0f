import { execFile, execFileSync, spawn, type ChildProcess } from "node:child_process";
import { randomBytes, randomInt } from "node:crypto";
import { existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { until } from "../../support/until.ts";

const execute = promisify(execFile);
const command = (program: string, ...argv: string[]) => execFileSync(program, argv, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });

/** Whether this machine can have a second engine: a network namespace wants root, and the engine's program has to be here. */
export const canHaveOwnDocker = process.getuid?.() === 0 && ["/usr/bin/dockerd", "/usr/sbin/dockerd"].some((path) => existsSync(path));

const isAlive = (child: ChildProcess | undefined) => child !== undefined && child.exitCode === null && child.signalCode === null;

async function ended(child: ChildProcess | undefined, signal: "SIGKILL" | "SIGTERM"): Promise<void> {
  if (child === undefined || !isAlive(child)) return;
  const exit = new Promise((resolve) => child.once("exit", resolve));
  child.kill(signal);
  await exit;
}

/**
 * A second Docker engine beside the machine's own, with its own folders and socket, in a network namespace of its own: it can be killed without the
 * machine's containers or firewall noticing. A pair of virtual cards joins the namespace to this machine.
 */
export class OwnDocker {
  readonly folder = mkdtempSync(join(tmpdir(), "freehold-drill-"));
  readonly socket = join(this.folder, "docker.sock");
  readonly #name = `fhd${randomBytes(4).toString("hex")}`;
  readonly #net = `10.218.${randomInt(0, 256)}`;
  #containerd: ChildProcess | undefined;
  #daemon: ChildProcess | undefined;
  #wasKilled = false;
  #keepsContainers = true;

  /** This machine, as the engine's containers reach it. */
  readonly outside = `${this.#net}.1`;
  /** Where this machine reaches the ports that the engine publishes. */
  readonly address = `${this.#net}.2`;

  async create(images: readonly string[]): Promise<void> {
    const [host, inner] = [`${this.#name}h`, `${this.#name}n`];
    command("ip", "netns", "add", this.#name);
    command("ip", "link", "add", host, "type", "veth", "peer", "name", inner, "netns", this.#name);
    command("ip", "address", "add", `${this.outside}/30`, "dev", host);
    command("ip", "link", "set", host, "up");
    this.#inside("ip", "address", "add", `${this.address}/30`, "dev", inner);
    this.#inside("ip", "link", "set", inner, "up");
    this.#inside("ip", "link", "set", "lo", "up");
    this.#inside("ip", "route", "add", "default", "via", this.outside);
    // Disabled is what belongs to Kubernetes alone.
    writeFileSync(join(this.folder, "containerd.toml"), 'version = 2\ndisabled_plugins = ["io.containerd.grpc.v1.cri"]\n');
    const folders = ["--root", "containerd", "--state", "containerd-state", "--config", "containerd.toml"];
    const places = folders.map((word) => (word.startsWith("--") ? word : join(this.folder, word)));
    this.#containerd = this.#spawn("containerd", ...places, "--address", this.#containerdSocket, "--log-level", "warn");
    await this.start();
    const carry = `docker save "$@" | docker --host unix://${this.socket} load`;
    await execute("sh", ["-ec", carry, "sh", ...images], { maxBuffer: 16 * 1_048_576 });
  }

  /** With `keepsContainers` they run on while the engine is away, as on a home's own machine; without, they end with it, as on most laptops. */
  async start(keepsContainers = this.#keepsContainers): Promise<void> {
    this.#keepsContainers = keepsContainers;
    const folders = ["--data-root", "data", "--exec-root", "exec", "--pidfile", "pid"].map((word) => (word.startsWith("--") ? word : join(this.folder, word)));
    const net = ["--bridge", "none", "--userland-proxy=false", `--live-restore=${keepsContainers}`, "--log-level", "warn"];
    const sockets = ["--host", `unix://${this.socket}`, "--containerd", this.#containerdSocket];
    const answers = async () => {
      // As its service manager would.
      if (!isAlive(this.#daemon)) this.#daemon = this.#spawn("dockerd", ...folders, ...net, ...sockets);
      await this.docker("version");
      return true;
    };
    await until("the drill's own Docker engine", answers, { timeoutMs: 120_000, everyMs: 100 });
  }

  /** SIGKILL, or SIGTERM and its end. */
  async stop(signal: "SIGKILL" | "SIGTERM"): Promise<void> {
    this.#wasKilled ||= signal === "SIGKILL";
    await ended(this.#daemon, signal);
  }

  async docker(...argv: string[]): Promise<string> {
    return (await execute("docker", ["--host", `unix://${this.socket}`, ...argv], { maxBuffer: 16 * 1_048_576, timeout: 120_000 })).stdout.trim();
  }

  async lines(...argv: string[]): Promise<string[]> {
    return (await this.docker(...argv)).split("\n").filter(Boolean);
  }

  /** Names of the bridges that the kernel really has. */
  bridges(): string[] {
    const found = JSON.parse(this.#inside("ip", "-json", "link", "show", "type", "bridge")) as { ifname?: string }[];
    return found.flatMap(({ ifname }) => ifname ?? []).toSorted();
  }

  /**
   * Whether a bridge is what Docker 20.10 leaves where it is killed in the midst of making or removing a network: a device without an address and without members, of which the
   * engine knows nothing. Only who has rights on its machine can take it away; the next start of the machine does.
   */
  isLeftByKill(bridge: string): boolean {
    if (!this.#wasKilled) return false;
    const [{ addr_info: addresses = [] } = {}] = JSON.parse(this.#inside("ip", "-4", "-json", "address", "show", "dev", bridge)) as { addr_info?: unknown[] }[];
    const members = JSON.parse(this.#inside("ip", "-json", "link", "show", "master", bridge)) as { ifname?: string }[];
    return addresses.length === 0 && members.every(({ ifname }) => ifname === undefined);
  }

  /** What the engine said, to be read where a run fails. */
  log(): string {
    return readFileSync(join(this.folder, "dockerd.log"), "utf8").slice(-3_000);
  }

  async destroy(): Promise<void> {
    if (this.#containerd !== undefined) {
      // Only a running engine can take its containers down.
      await this.start().catch(() => undefined);
      const containers = await this.lines("ps", "--all", "--quiet").catch(() => []);
      if (containers.length > 0) await this.docker("rm", "--force", "--volumes", ...containers).catch(() => undefined);
    }
    await this.stop("SIGTERM");
    await ended(this.#containerd, "SIGTERM");
    // The engine mounts its folder onto itself, and leaves that behind when it keeps containers.
    const mounts = readFileSync("/proc/mounts", "utf8").split("\n");
    const own = mounts.map((line) => line.split(" ")[1] ?? "").filter((path) => path.startsWith(this.folder));
    for (const path of own.toReversed()) execFileSync("umount", ["--lazy", path]);
    execFileSync("ip", ["netns", "delete", this.#name], { stdio: "ignore" });
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  get #containerdSocket(): string {
    return join(this.folder, "containerd.sock");
  }

  /** A program started in a namespace takes the place of the one that enters it, so this is the program's own process. */
  #spawn(program: string, ...argv: string[]): ChildProcess {
    const log = openSync(join(this.folder, "dockerd.log"), "a");
    return spawn("nsenter", [`--net=/run/netns/${this.#name}`, program, ...argv], { stdio: ["ignore", log, log] });
  }

  #inside(program: string, ...argv: string[]): string {
    return command("nsenter", `--net=/run/netns/${this.#name}`, program, ...argv);
  }
}
