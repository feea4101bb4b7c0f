import { randomBytes } from "node:crypto";
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { renderCaddyfile } from "../../../infra/render/caddyfile.ts";
import { innerKeyMatcher } from "../../../infra/render/tenant-sites.ts";
import { Neighbours } from "../../../runtime/manager/src/testing/neighbours.ts";
import { buildImages, docker, images } from "../../support/backup-images.ts";
import { build, buildKeeper, buildStandIn } from "../../support/box-home.ts";
import { startConsole, type TestConsole } from "../../support/console.ts";
import { freePort } from "../../support/edge.ts";
import { createTestDatabase, type TestDatabase } from "../../support/postgres.ts";
import { innerKey } from "../../support/tenant-home.ts";
import { until } from "../../support/until.ts";
import { FlakyBucket } from "./flaky-bucket.ts";
import { OwnDocker } from "./own-docker.ts";
import { callJson, ManagerProcess, openPassage, statusOf, type Answer, type CallOptions } from "./services.ts";

const root = join(import.meta.dirname, "../../..");
const httpsPort = 8_443;
const subnets = "10.217.0.0/17";
const coreSubnet = "10.217.255.0/28";

/**
 * A home for tenants in which everything can be killed: the real manager, backup service, restic, Caddy and tenant door, a Docker engine of its own, and the
 * bucket emulator behind a way that fails. Stand-ins are the program in a tenant (a server that answers as OpenClaw does), the gateway's admin API and the egress proxy.
 */
export class FaultHome {
  readonly prefix = `freehold-drill-${randomBytes(3).toString("hex")}`;
  readonly docker = new OwnDocker();
  readonly neighbours = new Neighbours();
  readonly #secrets = mkdtempSync(join(tmpdir(), "freehold-drill-secrets-"));
  readonly #database = `drill_${randomBytes(4).toString("hex")}`;
  readonly #closers: (() => Promise<unknown>)[] = [];
  readonly #server = new URL(process.env["FREEHOLD_TEST_POSTGRES"] ?? "postgres://none");
  #backupPort = 0;
  #authority = "";
  #doorPort = 0;
  #console: TestConsole | undefined;
  manager!: ManagerProcess;
  bucket!: FlakyBucket;
  /** The folder of this machine with the tenants' folders. */
  tenants = "";

  name(part: string): string {
    return `${this.prefix}-${part}`;
  }

  async create(): Promise<void> {
    await buildImages();
    const [tenant, keeper] = [buildStandIn(), buildKeeper()];
    const edge = build(join(root, "runtime/images/edge"));
    await this.docker.create([tenant, keeper, edge]);
    this.#closers.push(() => this.docker.destroy());
    await this.docker.docker("tag", edge, "edge");
    const volume = await this.docker.docker("volume", "create", this.name("tenants"));
    this.tenants = await this.docker.docker("volume", "inspect", "--format", "{{.Mountpoint}}", volume);
    chownSync(this.tenants, 1_000, 1_000);
    await this.#startMembers(keeper);
    await this.#startBucket();
    await this.#prepareManager(tenant, keeper);
    await this.#startDoor();
    await this.startEdge();
    await this.#startBackupAnew();
    await this.manager.start();
    this.#closers.push(() => this.manager.kill());
  }

  async destroy(): Promise<void> {
    for (const close of this.#closers.toReversed()) await close().catch((error: unknown) => console.error("not taken down:", error));
    rmSync(this.#secrets, { recursive: true, force: true });
  }

  /** Asks the backup service. */
  askBackup(path: string, options: CallOptions = {}): Promise<Answer> {
    return callJson(`http://127.0.0.1:${this.#backupPort}${path}`, { token: "backup-token", ...options });
  }

  killBackup(): Promise<string> {
    return docker("kill", "--signal", "KILL", this.name("backup"));
  }

  async startBackup(): Promise<void> {
    await docker("start", this.name("backup"));
    await this.#backupReady();
  }

  /** Makes Caddy's container, also where there was one before. */
  async startEdge(): Promise<void> {
    await this.docker.docker("rm", "--force", this.name("edge"));
    const place = ["--name", this.name("edge"), "--network", this.name("core"), "--restart", "always", "--add-host", `door:${this.docker.outside}`];
    const mounts = ["--volume", `${this.name("edge")}:/data`, "--volume", `${this.#secrets}/edge:/etc/freehold:ro`];
    await this.docker.docker("run", "--detach", ...place, ...mounts, "--publish", `${httpsPort}:${httpsPort}`, "edge");
    await this.edgeAnswers();
  }

  async edgeAnswers(): Promise<void> {
    if (this.#authority === "") {
      const read = () => this.docker.docker("exec", this.name("edge"), "cat", "/data/caddy/pki/authorities/local/root.crt");
      this.#authority = await until("Caddy's authority", read, { timeoutMs: 60_000, everyMs: 100 });
    }
    await until("Caddy", async () => (await this.page("console", "none")) !== undefined, { timeoutMs: 60_000, everyMs: 100 });
  }

  /** The status of a tenant's page through Caddy with a token; undefined where there is no such page. */
  page(id: string, token: string): Promise<number | undefined> {
    return statusOf({ address: this.docker.address, port: httpsPort, host: `${id}.localhost`, token, authority: this.#authority });
  }

  /** Whether the bucket holds each of these snapshots. */
  async missing(snapshots: readonly string[]): Promise<string[]> {
    // A bucket that no snapshot ever came to has no folder for them.
    if (snapshots.length === 0) return [];
    const present = new Set((await docker("exec", this.name("bucket"), "ls", "/data/test-backups/home/snapshots")).split("\n"));
    return snapshots.filter((id) => !present.has(id));
  }

  async logs(): Promise<string> {
    const backup = await docker("logs", "--tail", "30", this.name("backup")).catch(String);
    return `manager:\n${this.manager.log()}\nbackup:\n${backup}\nDocker:\n${this.docker.log()}`;
  }

  async #startMembers(image: string): Promise<void> {
    await this.docker.docker("network", "create", "--subnet", coreSubnet, this.name("core"));
    const how = ["--detach", "--init", "--restart", "always", "--network", this.name("core")];
    for (const member of ["gateway", "egress"]) await this.docker.docker("run", ...how, "--name", this.name(member), image, "sleep", "infinity");
  }

  async #startBucket(): Promise<void> {
    const place = ["--name", this.name("bucket"), "--volume", `${this.name("bucket")}:/data`, "--publish", "127.0.0.1:0:4443"];
    await docker("run", "--detach", ...place, "--env", "BUCKETS=test-backups", "--read-only", "--init", images.bucket);
    this.#closers.push(async () => {
      await docker("rm", "--force", this.name("bucket"));
      await docker("volume", "rm", "--force", this.name("bucket"));
    });
    const address = (await docker("port", this.name("bucket"), "4443/tcp")).split("\n")[0];
    this.bucket = new FlakyBucket(`http://${address}`);
    await this.bucket.start();
    this.#closers.push(() => this.bucket.stop());
  }

  async #prepareManager(tenant: string, keeper: string): Promise<void> {
    const database: TestDatabase = await createTestDatabase();
    this.#closers.push(() => database.drop());
    await this.neighbours.start();
    this.#closers.push(() => this.neighbours.stop());
    this.#backupPort = await freePort();
    const environment = {
      PORT: String(await freePort()),
      HOST: "127.0.0.1",
      MANAGER_TOKEN: "manager-token",
      DOCKER_SOCKET: this.docker.socket,
      NAME_PREFIX: this.prefix,
      JOBS_VOLUME: "none",
      JOB_IMAGE: "none",
      JOB_NETWORKS: "none",
      DATABASE_URL: database.url,
      SECRETS_KEY: "secrets-key",
      GATEWAY_URL: this.neighbours.url,
      GATEWAY_ADMIN_TOKEN: "admin-token",
      BACKUP_URL: `http://127.0.0.1:${this.#backupPort}`,
      BACKUP_TOKEN: "backup-token",
      TENANTS_VOLUME: this.name("tenants"),
      TENANTS_MEMORY_MB: "8192",
      TENANT_IMAGE: tenant,
      TENANT_KEEPER_IMAGE: keeper,
      TENANT_SUBNETS: subnets,
      TENANT_PORT: String(httpsPort),
      TENANT_READY_MS: "60000",
      TENANT_STOP_MS: "5000",
      TENANT_POLL_MS: "100",
      TENANT_REST_MS: "500",
      TENANT_SAMPLE_MS: "2000",
    };
    this.manager = new ManagerProcess(environment, join(this.docker.folder, "manager.log"));
  }

  async #startDoor(): Promise<void> {
    this.#doorPort = await freePort();
    const { url } = this.manager;
    this.#console = await startConsole({
      clock: { now: () => Date.now() },
      upstreams: { worker: url, backup: url, gateway: url, manager: url },
      settings: { PUBLIC_ORIGIN: `https://console.localhost:${httpsPort}`, TENANT_EDGE_KEY: innerKey },
      doorPort: this.#doorPort,
    });
    this.#closers.push(async () => this.#console?.close());
    const passage = await openPassage(this.docker.outside, this.#doorPort);
    this.#closers.push(() => passage.close());
    const tenants = { domain: "localhost", door: `door:${passage.port}`, tenantPort: 18_789, innerPort: 8_081, largestBody: "100MB", closedTo: subnets };
    const sites = [{ host: "console.localhost", upstream: `door:${passage.port}` }];
    const settings = { certificates: { from: "own" as const }, httpPort: 8_080, httpsPort, sites };
    mkdirSync(join(this.#secrets, "edge"));
    writeFileSync(join(this.#secrets, "edge/inner-key"), innerKeyMatcher(innerKey));
    writeFileSync(
      join(this.#secrets, "edge/Caddyfile"),
      renderCaddyfile({ ...settings, tenants: { ...tenants, wildcardPort: 4_053, innerKeyFile: "/etc/freehold/inner-key" } }),
    );
  }

  async #startBackupAnew(): Promise<void> {
    chmodSync(this.#secrets, 0o755);
    const files = { "backup-key": "key", "backup-token": "backup-token", "manager-token": "manager-token", [`database-password-${this.#database}`]: "own" };
    for (const [name, text] of Object.entries({ ...files, "postgres-password": this.#server.password })) writeFileSync(join(this.#secrets, name), text);
    const settings = {
      PORT: String(this.#backupPort),
      BACKUP_TOKEN_FILE: "/run/secrets/backup-token",
      DATABASE_ADMIN_URL: `postgres://${this.#server.username}@${this.#server.host}/postgres`,
      DATABASE_ADMIN_PASSWORD_FILE: "/run/secrets/postgres-password",
      DATABASES: this.#database,
      MANAGER_URL: this.manager.url,
      MANAGER_TOKEN_FILE: "/run/secrets/manager-token",
      BACKUP_REPOSITORY: "gs:test-backups:/home",
      BACKUP_KEY_FILE: "/run/secrets/backup-key",
      BUCKET_EMULATOR_URL: this.bucket.url,
      BACKUP_SCHEDULE: "17 3 1 1 *",
    };
    const variables = Object.entries(settings).flatMap(([name, value]) => ["--env", `${name}=${value}`]);
    const folders = { [root]: "/app:ro", [this.#secrets]: "/run/secrets:ro", [this.name("jobs")]: "/jobs", [this.tenants]: "/tenants" };
    const mounts = Object.entries(folders).flatMap(([from, to]) => ["--volume", `${from}:${to}`]);
    const walls = ["--read-only", "--tmpfs", "/tmp:mode=1777", "--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--init"];
    const place = ["--name", this.name("backup"), "--hostname", "backup", "--network", "host", "--workdir", "/app"];
    this.#closers.push(() => this.#removeBackup());
    await docker("run", "--detach", ...place, ...walls, ...mounts, ...variables, images.backup, "node", "runtime/backup/src/main.ts");
    await this.#backupReady();
  }

  #backupReady(): Promise<true> {
    return until("the backup service", async () => (await this.askBackup("/health/ready")).status === 200, { timeoutMs: 120_000, everyMs: 100 });
  }

  async #removeBackup(): Promise<void> {
    await docker("rm", "--force", this.name("backup"));
    await docker("volume", "rm", "--force", this.name("jobs"));
    const client = new pg.Client({ connectionString: this.#server.href });
    await client.connect();
    for (const sql of ["drop database if exists", "drop role if exists"]) await client.query(`${sql} ${this.#database}`);
    await client.end();
  }
}
