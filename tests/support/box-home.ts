import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { silentLog } from "@freehold/kernel/log";
import { createMetrics } from "@freehold/kernel/metrics";
import type { BoxPlace } from "../../runtime/manager/src/box/box-place.ts";
import { createTenantBox } from "../../runtime/manager/src/box/docker-box.ts";
import type { BoxPlan, TenantBox } from "../../runtime/manager/src/box/tenant-box.ts";
import { createTenantNetworks, type TenantNetworks } from "../../runtime/manager/src/box/tenant-network.ts";
import { createEngine, type Engine } from "../../runtime/manager/src/engine.ts";
import { docker } from "./job-place.ts";

const root = join(import.meta.dirname, "../..");

/** What tenants' containers need of a home: a volume, and containers with the names of the services that join their networks. */
export interface BoxHome {
  prefix: string;
  place: BoxPlace;
  engine: Engine;
  box: TenantBox;
  /** The folder of this machine with the tenants' folders. */
  folder: string;
  plan(id: string, more?: Partial<BoxPlan>): BoxPlan;
  /** A tenant's network with the home's services on it, as its start makes it; and without it again. */
  networks: Pick<TenantNetworks, "ensure" | "join" | "remove">;
  /** Docker's name of a tenant's container and network. */
  nameOf(id: string): string;
  /** Runs a command in a container of the home; its output, whatever the end. */
  inside(container: string, ...argv: string[]): string;
  remove(): void;
}

export interface BoxHomeOptions {
  tenantImage: string;
  /** The range from which tenants' networks are taken. Shape: the first two numbers, `10.214`. */
  range: string;
  /** What a member's container runs; it sleeps unless given. Shape: docker's arguments from the image on. */
  members?: Partial<Record<"edge" | "gateway" | "egress", string[]>>;
  now?: () => Date;
}

export function createBoxHome(area: string, { tenantImage, range, members = {}, now = () => new Date() }: BoxHomeOptions): BoxHome {
  const keeperImage = buildKeeper();
  const prefix = `freehold-test-${area}-${randomUUID().slice(0, 8)}`;
  const volume = docker("volume", "create", "--label", `freehold.stack=${prefix}`, `${prefix}-tenants`);
  const core = docker("network", "create", "--internal", "--subnet", `${range}.255.0/28`, `${prefix}-core`);
  for (const member of ["edge", "gateway", "egress"] as const)
    docker("run", "--detach", "--init", "--name", `${prefix}-${member}`, "--network", core, ...(members[member] ?? ["node:24-trixie-slim", "sleep", "3600"]));
  // The engine's name of another runtime, such as runsc, to try what is tried here behind that wall as well.
  const runtime = process.env["FREEHOLD_TENANT_RUNTIME"];
  const place: BoxPlace = { prefix, volume, keeperImage, gatewayPort: 4_010, startCpus: 1, ...(runtime !== undefined && { runtime }) };
  const engine = createEngine("/var/run/docker.sock", createMetrics());
  let networks = 0;
  return {
    prefix,
    place,
    engine,
    box: createTenantBox({ engine, place, log: silentLog, now }),
    folder: docker("volume", "inspect", "--format", "{{.Mountpoint}}", volume),
    plan: (id, more = {}) => ({ ...planFor(id, tenantImage), subnet: `${range}.0.${16 * networks++}/28`, ...more }),
    networks: createTenantNetworks({ engine, place }),
    nameOf: (id) => `${prefix}-tenant-${id}`,
    inside: (container, ...argv) => output("docker", ["exec", container, ...argv]),
    remove: () => removeAll(prefix),
  };
}

function planFor(id: string, image: string): Omit<BoxPlan, "subnet"> {
  return {
    id,
    generation: 1,
    image,
    memoryMb: 1_280,
    cpus: 1,
    pids: 256,
    diskMb: 1_024,
    internet: true,
    env: { OPENCLAW_GATEWAY_TOKEN: `token-of-${id}-for-tests-only-0123456789`, FREEHOLD_KEY: `fh-test-${id}` },
    config: {
      origins: [`https://${id}.localhost:8443`],
      models: [{ id: "claude-sonnet-4-5", name: "Sonnet", contextWindow: 200_000, maxTokens: 8_192, images: true }],
    },
  };
}

/** A tenant's image with a stand-in for OpenClaw. */
export function buildStandIn(): string {
  const tools = build("--target", "tools", join(root, "runtime/images/tenant"));
  return build("--build-arg", `TOOLS=${tools}`, join(import.meta.dirname, "tenant-stand-in"));
}

/** Builds from a folder with a Dockerfile. Shape: the image's id, which no other run can make mean something else. */
export const build = (...argv: string[]): string =>
  docker("build", "--quiet", ...argv)
    .split("\n")
    .at(-1) ?? "";

export function buildKeeper(): string {
  const paths = ["tests/support/keeper.Dockerfile", "runtime/manager/package.json", "runtime/manager/src/box", "node_modules/json5"];
  const context = execFileSync("tar", ["-C", root, "-cf", "-", ...paths], { maxBuffer: 64 * 1_048_576 });
  const argv = ["build", "--quiet", "--file", "tests/support/keeper.Dockerfile", "-"];
  return execFileSync("docker", argv, { input: context, encoding: "utf8", stdio: ["pipe", "pipe", "pipe"] }).trim();
}

/** What a command wrote, also where it failed. */
function output(command: string, argv: string[]): string {
  try {
    return execFileSync(command, argv, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"], timeout: 60_000 });
  } catch (thrown) {
    const { stdout = "", stderr = "" } = thrown as { stdout?: string; stderr?: string };
    return `${stdout}${stderr}`;
  }
}

function removeAll(prefix: string): void {
  const named = (...argv: string[]) =>
    docker(...argv, "--filter", `name=^${prefix}`)
      .split("\n")
      .filter(Boolean);
  // A manager that was at work may have made one while the others went.
  for (let round = 0, left = named("ps", "--all", "--quiet"); left.length > 0 && round < 5; round++, left = named("ps", "--all", "--quiet"))
    docker("rm", "--force", "--volumes", ...left);
  for (const network of named("network", "ls", "--quiet")) docker("network", "rm", network);
  for (const volume of named("volume", "ls", "--quiet")) docker("volume", "rm", volume);
}
