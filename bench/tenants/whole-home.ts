import { randomUUID } from "node:crypto";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { renderCaddyfile } from "../../infra/render/caddyfile.ts";
import { innerKeyMatcher } from "../../infra/render/tenant-sites.ts";
import { build, createBoxHome, type BoxHome } from "../../tests/support/box-home.ts";
import { docker } from "../../tests/support/job-place.ts";
import { until } from "../../tests/support/until.ts";
import { cpuSecondsOf } from "./plain.ts";

const root = join(import.meta.dirname, "../..");
const node = "node:24-trixie-slim";
export const httpsPort = 8_443;

/** What a home gives its services. Units: MB. */
export const serviceMb = { edge: 128, egress: 96, gateway: 384, postgres: 512, model: 192, manager: 256, console: 256 } as const;
type ServiceName = keyof typeof serviceMb;

export interface WholeHomeScene {
  tenantImage: string;
  /** Shape: the first two numbers of its addresses, `10.218`. */
  range: string;
  /** Of all that are awake. */
  tenantsMb: number;
  settings?: Record<string, string>;
}

/** The way from a browser to an assistant as a home has it: the real Caddy, console, manager, gateway and PostgreSQL, each in a container with the home's own limits. */
export interface WholeHome {
  box: BoxHome;
  /** Where Caddy is reached from this machine, and who signs its certificates. */
  edge: { address: string; authority: string };
  manager(method: string, path: string, body?: unknown): Promise<{ status: number; body: Record<string, unknown> }>;
  /** What all services together have used. */
  cpuSeconds(): Promise<number>;
  /** The containers of all services. */
  services: readonly string[];
  remove(): void;
}

export async function startWholeHome({ tenantImage, range, tenantsMb, settings = {} }: WholeHomeScene): Promise<WholeHome> {
  const keys = { manager: randomUUID(), gateway: randomUUID(), inner: randomUUID(), owner: randomUUID(), database: randomUUID() };
  const subnets = `${range}.0.0/17`;
  const folder = writeFiles({ subnets, innerKey: keys.inner, databasePassword: keys.database });
  const database = (name: string) => ({ DATABASE_URL: `postgres://postgres@postgres:5432/${name}`, DATABASE_PASSWORD: keys.database });
  const members = {
    edge: [...limits("edge"), "--volume", `${folder}:/etc/freehold:ro`, build(join(root, "runtime/images/edge"))],
    egress: [...limits("egress"), node, "sleep", "36000"],
    gateway: program("gateway", {
      ...database("gateway"),
      GATEWAY_ADMIN_TOKEN: keys.gateway,
      REHEARSAL_URL: "http://model:4020",
      NODE_OPTIONS: "--max-semi-space-size=8 --max-old-space-size=192",
    }),
  };
  const box = createBoxHome("bench", { tenantImage, range, members });
  const remove = () => {
    box.remove();
    rmSync(folder, { recursive: true });
  };
  const run = (name: Exclude<ServiceName, keyof typeof members>, argv: string[]) =>
    docker("run", "--detach", "--init", "--name", `${box.prefix}-${name}`, "--network", `${box.prefix}-core`, "--network-alias", name, ...argv);
  try {
    const secret = ["--volume", `${folder}/postgres-password:/run/secrets/postgres-password:ro`];
    const postgres = build(join(root, "runtime/images/postgres"));
    run("postgres", [...limits("postgres"), ...secret, ...variables({ POSTGRES_PASSWORD_FILE: "/run/secrets/postgres-password" }), postgres]);
    await makeDatabases(box);
    run("model", program("model", {}));
    const manager = managerSettings(box, { tenantImage, subnets, tenantsMb });
    run(
      "manager",
      program("manager", { ...manager, ...database("manager"), MANAGER_TOKEN: keys.manager, GATEWAY_ADMIN_TOKEN: keys.gateway, ...settings }, { socket: true }),
    );
    const tokens = { MANAGER_TOKEN: keys.manager, GATEWAY_ADMIN_TOKEN: keys.gateway, TENANT_EDGE_KEY: keys.inner, OWNER_TOKEN: keys.owner };
    run("console", program("console", { ...consoleSettings(box), ...database("console"), ...tokens }));
    return await opened(box, keys.manager, remove);
  } catch (fault) {
    for (const name of ["postgres", "gateway", "manager", "console", "edge"]) console.error(`${name}:\n${logsOf(`${box.prefix}-${name}`)}`);
    remove();
    throw fault;
  }
}

const limits = (name: ServiceName) => ["--restart", "on-failure", "--memory", `${serviceMb[name]}m`, "--memory-swap", `${serviceMb[name]}m`];
const variables = (values: Record<string, string>) => Object.entries(values).flatMap(([name, value]) => ["--env", `${name}=${value}`]);

/** A service of this checkout, as its image would run it. */
function program(name: ServiceName, environment: Record<string, string>, { socket = false } = {}): string[] {
  const who = socket ? ["--user", "0", "--volume", "/var/run/docker.sock:/var/run/docker.sock"] : ["--user", "1000:1000"];
  const place = ["--cap-drop", "ALL", "--volume", `${root}:/app:ro`, "--workdir", "/app"];
  return [...limits(name), ...who, ...place, ...variables({ HOST: "0.0.0.0", ...environment }), node, "node", `runtime/${name}/src/main.ts`];
}

const managerSettings = (box: BoxHome, { tenantImage, subnets, tenantsMb }: { tenantImage: string; subnets: string; tenantsMb: number }) => ({
  NAME_PREFIX: box.prefix,
  JOBS_VOLUME: "none",
  JOB_IMAGE: "none",
  JOB_NETWORKS: "none",
  SECRETS_KEY: randomUUID(),
  GATEWAY_URL: `http://${box.prefix}-gateway:4010`,
  BACKUP_URL: "http://127.0.0.1:9",
  BACKUP_TOKEN: "nobody-asks-it-here",
  TENANTS_VOLUME: box.place.volume,
  TENANTS_MEMORY_MB: String(tenantsMb),
  TENANT_IMAGE: tenantImage,
  TENANT_KEEPER_IMAGE: box.place.keeperImage,
  TENANT_SUBNETS: subnets,
  TENANT_PORT: String(httpsPort),
});

const consoleSettings = (box: BoxHome) => ({
  PUBLIC_ORIGIN: `https://console.localhost:${httpsPort}`,
  OWNER_PASSWORD: randomUUID(),
  WORKER_TOKEN: "nobody-asks-it-here",
  BACKUP_TOKEN: "nobody-asks-it-here",
  TENANT_EDGE_URL: `http://${box.prefix}-edge:4052`,
});

function writeFiles({ subnets, innerKey, databasePassword }: { subnets: string; innerKey: string; databasePassword: string }): string {
  const folder = mkdtempSync(join(tmpdir(), "freehold-bench-tenants-"));
  chmodSync(folder, 0o755);
  const tenants = { door: "console:4051", tenantPort: 18_789, innerPort: 4_052, innerKeyFile: "/etc/freehold/inner-key", closedTo: subnets };
  const caddyfile = renderCaddyfile({
    certificates: { from: "own" },
    httpPort: 8_080,
    httpsPort,
    sites: [{ host: "console.localhost", upstream: "console:4050" }],
    tenants: { ...tenants, domain: "localhost", largestBody: "100MB", wildcardPort: 4_053 },
  });
  const files = { Caddyfile: caddyfile, "inner-key": innerKeyMatcher(innerKey), "postgres-password": databasePassword };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text, { mode: 0o644 });
  return folder;
}

async function makeDatabases(box: BoxHome): Promise<void> {
  const inside = (...argv: string[]) => docker("exec", `${box.prefix}-postgres`, ...argv);
  await until("PostgreSQL", () => inside("pg_isready", "--quiet", "--host", "127.0.0.1") === "", { timeoutMs: 180_000, everyMs: 500 });
  for (const name of ["gateway", "manager", "console"])
    inside("psql", "--quiet", "--host", "/run/postgresql", "--username", "postgres", "--command", `create database ${name}`);
}

async function opened(box: BoxHome, managerToken: string, remove: () => void): Promise<WholeHome> {
  const containerOf = (service: ServiceName) => `${box.prefix}-${service}`;
  const addressOf = (service: ServiceName) =>
    docker("inspect", "--format", `{{(index .NetworkSettings.Networks "${box.prefix}-core").IPAddress}}`, containerOf(service));
  const managerUrl = `http://${addressOf("manager")}:4030`;
  const manager: WholeHome["manager"] = async (method, path, body) => {
    const answer = await fetch(`${managerUrl}${path}`, {
      method,
      headers: { authorization: `Bearer ${managerToken}`, "content-type": "application/json", "x-freehold-actor": "bench" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    return { status: answer.status, body: text.startsWith("{") ? (JSON.parse(text) as Record<string, unknown>) : { text } };
  };
  const patience = { timeoutMs: 180_000, everyMs: 500 };
  await until("the manager", async () => (await manager("GET", "/tenants")).status === 200, patience);
  await until("the gateway", () => box.inside(containerOf("gateway"), "node", "-e", asks(4_010)) === "200", patience);
  await until("the console", () => box.inside(containerOf("console"), "node", "-e", asks(4_050)) === "200", patience);
  const authority = await until(
    "Caddy's authority",
    () => {
      const said = box.inside(containerOf("edge"), "cat", "/data/caddy/pki/authorities/local/root.crt");
      return said.includes("END CERTIFICATE") && said;
    },
    patience,
  );
  const services = (Object.keys(serviceMb) as ServiceName[]).map(containerOf);
  return {
    box,
    edge: { address: addressOf("edge"), authority },
    manager,
    services,
    remove,
    async cpuSeconds() {
      const each = await Promise.all(services.map((name) => cpuSecondsOf(box, name)));
      return each.reduce((sum, seconds) => sum + seconds, 0);
    },
  };
}

const asks = (port: number) => `fetch("http://127.0.0.1:${port}/health/ready").then((answer) => process.stdout.write(String(answer.status)))`;

function logsOf(container: string): string {
  try {
    return docker("logs", "--tail", "30", container);
  } catch (fault) {
    return String(fault);
  }
}
