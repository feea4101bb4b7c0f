import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { promisify } from "node:util";
import { renderCaddyfile, type Site } from "../../infra/render/caddyfile.ts";
import { innerKeyMatcher } from "../../infra/render/tenant-sites.ts";
import { until } from "./until.ts";

const execute = promisify(execFile);
const image = "freehold/edge:test";

/** The home's own Caddy with the home's own Caddyfile, in a container that shares this machine's loopback. */
export interface TestEdge {
  httpsPort: number;
  /** The certificate of its authority, as PEM. */
  authority: string;
  restart(): Promise<void>;
  kill(): Promise<void>;
  remove(): Promise<void>;
}

export interface EdgeScene {
  httpsPort: number;
  innerPort: number;
  innerKey: string;
  doorPort: number;
  tenantPort: number;
  sites: readonly Site[];
  /** What Caddy finds in the DNS: name → loopback address. */
  names: Readonly<Record<string, string>>;
  closedTo?: string;
  largestBody?: string;
}

async function docker(...argv: string[]): Promise<string> {
  return (await execute("docker", argv, { env: { ...process.env, DOCKER_CLI_HINTS: "false" }, maxBuffer: 16 * 1_048_576 })).stdout.trim();
}

export async function startEdge(scene: EdgeScene): Promise<TestEdge> {
  await docker("build", "--quiet", "--tag", image, join(import.meta.dirname, "../../runtime/images/edge"));
  const folder = await mkdtemp(join(tmpdir(), "freehold-edge-"));
  await writeFile(join(folder, "inner-key"), innerKeyMatcher(scene.innerKey), { mode: 0o644 });
  await writeFile(join(folder, "Caddyfile"), await caddyfileOf(scene), { mode: 0o644 });
  await execute("chmod", ["755", folder]);
  const hosts = Object.entries(scene.names).map(([name, address]) => `--add-host=${name}:${address}`);
  const id = await docker("run", "--detach", "--network=host", "--label=freehold.test=edge", `--volume=${folder}:/etc/freehold:ro`, ...hosts, image);
  const answers = () =>
    until("Caddy to answer", async () => (await handshake(scene.httpsPort, "console.localhost")) || (await mustRun(id)), { timeoutMs: 30_000, everyMs: 50 });
  await answers();
  return {
    httpsPort: scene.httpsPort,
    authority: await docker("exec", id, "cat", "/data/caddy/pki/authorities/local/root.crt"),
    async restart() {
      await docker("restart", "--time=5", id);
      await answers();
    },
    kill: async () => void (await docker("kill", id)),
    async remove() {
      await docker("rm", "--force", "--volumes", id);
      await rm(folder, { recursive: true });
    },
  };
}

async function mustRun(id: string): Promise<false> {
  const running = await docker("inspect", "--format={{.State.Running}}", id);
  if (running === "true") return false;
  const { stdout, stderr } = await execute("docker", ["logs", id]);
  throw new Error(`Caddy ended:\n${stdout}${stderr}`);
}

async function caddyfileOf({ httpsPort, innerPort, doorPort, tenantPort, sites, closedTo, largestBody }: EdgeScene): Promise<string> {
  return renderCaddyfile({
    certificates: { from: "own" },
    httpPort: await freePort(),
    httpsPort,
    sites,
    tenants: {
      domain: "localhost",
      door: `127.0.0.1:${doorPort}`,
      tenantPort,
      innerPort,
      innerKeyFile: "/etc/freehold/inner-key",
      closedTo: closedTo ?? "10.255.255.0/24",
      largestBody: largestBody ?? "100MB",
      wildcardPort: 4_053,
    },
  });
}

const handshake = (port: number, servername: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port, servername, rejectUnauthorized: false });
    socket.once("secureConnect", () => resolve(socket.end() !== undefined));
    socket.once("error", () => resolve(false));
  });

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
