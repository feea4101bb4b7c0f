import { execFile } from "node:child_process";
import { createServer, type AddressInfo, type Server } from "node:net";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { BoxPlan } from "../../../runtime/manager/src/box/tenant-box.ts";
import { build, createBoxHome, type BoxHome } from "../box-home.ts";
import { docker } from "../job-place.ts";
import { until } from "../until.ts";
import { prelude, type Control, type Targets } from "./attempt.ts";

const root = join(import.meta.dirname, "../../..");
const internet = "11.22.33.5";
const metadata = "169.254.169.254";
const adminToken = "admin-of-this-test";

/** A home around two tenants, in which everything that a tenant must not reach is there and answers. */
export interface Scene {
  home: BoxHome;
  targets: Targets;
  plans: { mallory: BoxPlan; alice: BoxPlan };
  /** What a script printed in the tenant, or where the same works. */
  run(script: string, from: "tenant" | "offline" | Control): Promise<string>;
  remove(): Promise<void>;
}

/** `memoryMb` is what the image's program needs; the attempts on memory take more than that. */
export async function createScene(tenantImage: string, memoryMb: number): Promise<Scene> {
  const egress = build(join(root, "runtime/images/egress"));
  const host = createServer((socket) => socket.on("error", () => socket.destroy()).end("BROKE OUT\n"));
  await new Promise<void>((done) => host.listen(0, "0.0.0.0", done));
  const sources = ["--volume", `${root}:/app:ro`, "--workdir", "/app", "--user", "1000:1000"];
  const gateway = [...sources, "--env", `GATEWAY_ADMIN_TOKEN=${adminToken}`, "--env", "HOST=0.0.0.0", "--env", "REHEARSAL_URL=http://model:4020"];
  const home = createBoxHome("escape", {
    tenantImage,
    range: "10.216",
    members: {
      edge: [tenantImage, "sleep", "3600"],
      gateway: [...gateway, "node:24-trixie-slim", "node", "runtime/gateway/src/main.ts"],
      egress: ["--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL", "--security-opt", "no-new-privileges", egress],
    },
  });
  try {
    surroundings(home, tenantImage, sources);
    const plans = { mallory: home.plan("mallory", { memoryMb, cpus: 0.5, pids: 200, diskMb: 64 }), alice: home.plan("alice", { memoryMb, internet: false }) };
    const keys = await mint(home);
    await Promise.all(
      Object.entries(plans).map(async ([id, plan]) => {
        await home.box.prepare(plan);
        await home.box.start({ ...plan, env: { ...plan.env, FREEHOLD_KEY: id === "alice" ? keys.sibling : keys.own } });
      }),
    );
    docker("exec", home.nameOf("alice"), "sh", "-c", "echo secret-of-alice >$HOME/.openclaw/secret; echo $FREEHOLD_KEY >>$HOME/.openclaw/secret");
    const targets = { ...targetsOf(home, plans, host), keys };
    await until("both tenants", async () => (await home.box.isReady("mallory")) && home.box.isReady("alice"), { timeoutMs: 300_000, everyMs: 250 });
    return { home, targets, plans, run: (script, from) => ran(home, script, from), remove: () => removed(home, host) };
  } catch (thrown) {
    await removed(home, host);
    throw thrown;
  }
}

const addressIn = (container: string, network: string) =>
  docker("inspect", "--format", `{{with index .NetworkSettings.Networks "${network}"}}{{.IPAddress}}{{end}}`, container);

function targetsOf(home: BoxHome, plans: Scene["plans"], host: Server): Omit<Targets, "keys"> {
  const { prefix } = home;
  const external = Object.values(networkInterfaces())
    .flatMap((all) => all ?? [])
    .find(({ internal, family, address }) => !internal && family === "IPv4" && !/^(172\.1[67]|10\.2)/.test(address));
  // An engine that was started for the first time does not tell the gateway of its own bridge: it is the address that this machine has there.
  const told = docker("network", "inspect", "--format", "{{(index .IPAM.Config 0).Gateway}}", "bridge");
  const usual = told === "" ? networkInterfaces()["docker0"]?.find(({ family }) => family === "IPv4")?.address : told;
  if (usual === undefined) throw new Error("Nobody tells this machine's address on Docker's own bridge: the attempts to reach it by that would prove nothing.");
  return {
    core: addressIn(`${prefix}-targets`, `${prefix}-core`),
    sibling: addressIn(home.nameOf("alice"), home.nameOf("alice")),
    siblingName: home.nameOf(plans.alice.id),
    host: { usual, own: external?.address ?? usual, core: bridgeAddress(home), port: (host.address() as AddressInfo).port },
    internet,
    metadata,
    folder: home.folder,
  };
}

/** The host's address on the bridge of the core network, which Docker gives it unless it is told otherwise. */
function bridgeAddress({ prefix }: BoxHome): string {
  const [base = ""] = docker("network", "inspect", "--format", "{{(index .IPAM.Config 0).Subnet}}", `${prefix}-core`).split("/");
  return base.replace(/\.0$/, ".1");
}

/** What answers on every port that an attempt aims at, and the places from which the same attempts do come through. */
function surroundings({ prefix, folder }: BoxHome, image: string, sources: string[]): void {
  const network = (name: string, ...argv: string[]) => docker("network", "create", ...argv, `${prefix}-${name}`);
  network("outside", "--subnet", "11.22.33.0/28");
  // The host itself keeps its own way to the real one.
  network("metadata", "--internal", "--opt", "com.docker.network.bridge.inhibit_ipv4=true", "--subnet", "169.254.169.0/24");
  const answers = `for (const port of process.argv.slice(1)) require("net").createServer(s => s.on("error", () => {}).once("data", () => s.end("HTTP/1.1 200 OK\\r\\nContent-Length: 10\\r\\n\\r\\nBROKE OUT\\n"))).listen(Number(port));
    const u = require("dgram").createSocket("udp4"); u.on("message", (m, r) => u.send("BROKE OUT", r.port, r.address)); u.bind(53);`;
  const start = (name: string, argv: string[]) => docker("run", "--detach", "--init", "--user", "0", "--name", `${prefix}-${name}`, ...argv);
  const listener = (ports: number[]) => ["node:24-trixie-slim", "node", "-e", answers, "--", ...ports.map(String)];
  const aliases = ["postgres", "valkey", "manager", "backup"].flatMap((alias) => ["--network-alias", alias]);
  start("targets", ["--network", `${prefix}-core`, ...aliases, ...listener([5432, 6379, 4030, 4060])]);
  start("web", ["--network", `${prefix}-outside`, "--ip", internet, ...listener([80, 443, 25])]);
  start("cloud", ["--network", `${prefix}-metadata`, "--ip", metadata, ...listener([80])]);
  docker(
    "run",
    "--detach",
    "--init",
    "--name",
    `${prefix}-model`,
    "--network",
    `${prefix}-core`,
    "--network-alias",
    "model",
    ...sources,
    "--env",
    "HOST=0.0.0.0",
    "node:24-trixie-slim",
    "node",
    "runtime/model/src/main.ts",
  );
  for (const name of ["outside", "metadata"]) docker("network", "connect", `${prefix}-${name}`, `${prefix}-egress`);
  const control = (name: Control, ...argv: string[]) => start(`from-${name}`, [...argv, image, "sleep", "3600"]);
  control("core", "--network", `${prefix}-core`);
  control("plain");
  control("outside", "--network", `${prefix}-outside`);
  control("metadata", "--network", `${prefix}-metadata`);
  // All that --privileged gives, but for one right that an engine inside a container may not have to give.
  const rights = ["--cap-add", "ALL", "--cap-drop", "SYS_RESOURCE", "--device-cgroup-rule", "a *:* rwm", "--pid", "host"];
  const unconfined = ["seccomp", "apparmor", "systempaths"].flatMap((what) => ["--security-opt", `${what}=unconfined`]);
  const seen = ["/sys", "/dev", "/var/run/docker.sock", folder].flatMap((path) => ["--volume", `${path}:${path}`]);
  control("free", ...rights, ...unconfined, ...seen);
}

/** The gateway's own admin API makes the keys, as the manager would. */
async function mint({ prefix, inside }: BoxHome): Promise<Targets["keys"]> {
  const ask = (method: string, path: string, body?: object) =>
    inside(
      `${prefix}-from-core`,
      "curl",
      "--silent",
      "--request",
      method,
      "--header",
      `authorization: Bearer ${adminToken}`,
      ...(body === undefined ? [] : ["--header", "content-type: application/json", "--data", JSON.stringify(body)]),
      `http://${prefix}-gateway:4010${path}`,
    );
  await until("the gateway", () => ask("GET", "/admin/keys").includes('"keys"'), { timeoutMs: 240_000, everyMs: 500 });
  const made = (name: string, more: object = {}) => JSON.parse(ask("POST", "/admin/keys", { name, ...more })) as { id: string; key: string };
  const [own, sibling, revoked, spent] = [made("tenant/mallory"), made("tenant/alice"), made("gone"), made("spent", { limits: { requestsPerDay: 1 } })];
  ask("DELETE", `/admin/keys/${revoked.id}`);
  const turn = { model: "claude-sonnet-4-5", max_tokens: 64, messages: [{ role: "user", content: "the only one" }] };
  inside(
    `${prefix}-from-core`,
    "curl",
    "--silent",
    "--header",
    `x-api-key: ${spent.key}`,
    "--header",
    "content-type: application/json",
    "--data",
    JSON.stringify(turn),
    `http://${prefix}-gateway:4010/v1/messages`,
  );
  return { own: own.key, sibling: sibling.key, revoked: revoked.key, spent: spent.key, admin: adminToken };
}

const execute = promisify(execFile);

async function ran(home: BoxHome, script: string, from: "tenant" | "offline" | Control): Promise<string> {
  const containers: Partial<Record<typeof from, string>> = {
    tenant: home.nameOf("mallory"),
    offline: home.nameOf("alice"),
    alice: home.nameOf("alice"),
    edge: `${home.prefix}-edge`,
  };
  // What OpenClaw starts is confined as OpenClaw is.
  const confined = from === "tenant" || from === "offline" ? ["/opt/freehold/confined"] : [];
  const argv = ["exec", containers[from] ?? `${home.prefix}-from-${from}`, ...confined, "timeout", "50", "bash", "-c", `${prelude}\n${script}\necho tried`];
  const { stdout, stderr } = await execute("docker", argv, { timeout: 60_000, maxBuffer: 16 * 1_048_576 }).catch(
    (thrown: unknown) => thrown as { stdout: string; stderr: string },
  );
  return `${stdout}${stderr}`;
}

async function removed(home: BoxHome, host: Server): Promise<void> {
  await new Promise((done) => host.close(done));
  home.remove();
}
