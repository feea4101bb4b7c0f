import { randomBytes } from "node:crypto";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { docker, images, logOf, root } from "./backup-images.ts";
import { until } from "./until.ts";
import type { Snapshot } from "../../runtime/backup/src/restic-output.ts";

const archiving = {
  WAL_REPOSITORY: "gs:test-backups:/wal",
  WAL_KEY_FILE: "/run/secrets/wal-key",
  WAL_EMULATOR_HOST: "bucket:4444",
};
export const databases = ["gateway", "worker", "console"] as const;
const hardening = ["--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--init", "--memory", "512m"];

export interface Answer<T> {
  status: number;
  body: T;
}

export interface Problem {
  code: string;
  detail: string;
}

/** A home of real containers that has only what backups need: PostgreSQL, the bucket emulator, and the service. */
export class DockerHome {
  readonly #prefix = `freehold-test-backup-${randomBytes(4).toString("hex")}`;
  #secrets = "";
  #archive: Record<string, string> = {};
  readonly #token = "test-token";

  static create({ archive }: { archive?: Record<string, string> } = {}): Promise<DockerHome> {
    return DockerHome.prepare(new DockerHome(), archive);
  }

  protected static async prepare<Home extends DockerHome>(home: Home, archive?: Record<string, string>): Promise<Home> {
    if (archive !== undefined) home.#archive = { ...archiving, ...archive };
    home.#secrets = await mkdtemp(join(tmpdir(), "freehold-test-backup-"));
    await chmod(home.#secrets, 0o755);
    const files = {
      "backup-token": home.#token,
      "backup-key": "first-key",
      "s3-access-key": "emulator",
      "s3-append-key": "appender",
      "s3-secret-key": "emulator-secret",
      "wal-key": "first-wal-key",
      "postgres-password": "super",
      ...Object.fromEntries(databases.map((name) => [`database-password-${name}`, `${name}'s "pass"`])),
    };
    await home.giveSecrets(files);
    await docker("network", "create", home.#prefix);
    await home.startBucket();
    await home.startPostgres();
    return home;
  }

  /** Writes files of secrets; containers that run see them at once. */
  async giveSecrets(files: Readonly<Record<string, string>>): Promise<void> {
    for (const [name, text] of Object.entries(files)) await writeFile(join(this.#secrets, name), `${text}\n`);
  }

  /** What a home of another kind mounts and sets besides. */
  protected extraMounts(): string[] {
    return [];
  }

  protected extraEnvironment(): Record<string, string> {
    return {};
  }

  protected nodeArguments(): string[] {
    return [];
  }

  get network(): string {
    return this.#prefix;
  }

  name(part: string): string {
    return `${this.#prefix}-${part}`;
  }

  startBucket(): Promise<string> {
    const data = ["--volume", `${this.name("bucket")}:/data`, "--env", "BUCKETS=test-backups", "--env", "SPEAKS_S3=true", "--read-only"];
    return docker(
      "run",
      "--detach",
      "--name",
      this.name("bucket"),
      "--network",
      this.#prefix,
      "--network-alias",
      "bucket",
      ...hardening,
      ...data,
      images.bucket,
    );
  }

  async startPostgres(environment: Record<string, string> = {}): Promise<void> {
    const variables = Object.entries({ ...this.#archive, ...environment }).flatMap(([name, value]) => ["--env", `${name}=${value}`]);
    const settings = [
      ...variables,
      "--restart",
      "unless-stopped",
      "--env",
      "POSTGRES_PASSWORD_FILE=/run/secrets/postgres-password",
      "--volume",
      `${this.#secrets}:/run/secrets:ro`,
      "--volume",
      `${this.name("postgres")}:/data`,
    ];
    await docker(
      "run",
      "--detach",
      "--name",
      this.name("postgres"),
      "--network",
      this.#prefix,
      "--network-alias",
      "postgres",
      ...hardening,
      ...settings,
      images.postgres,
    );
  }

  /** Starts the service without waiting for it. */
  async startBackup(environment: Record<string, string> = {}): Promise<void> {
    const all = {
      BACKUP_TOKEN_FILE: "/run/secrets/backup-token",
      DATABASE_ADMIN_URL: "postgres://postgres@postgres:5432/postgres",
      DATABASE_ADMIN_PASSWORD_FILE: "/run/secrets/postgres-password",
      DATABASES: databases.join(","),
      BACKUP_REPOSITORY: "gs:test-backups:/home",
      BACKUP_KEY_FILE: "/run/secrets/backup-key",
      BUCKET_EMULATOR_URL: "http://bucket:4443",
      BACKUP_SCHEDULE: "17 3 1 1 *",
      ...this.extraEnvironment(),
      ...environment,
    };
    const settings = Object.entries(all).flatMap(([name, value]) => ["--env", `${name}=${value}`]);
    const mounts = [
      "--volume",
      `${root}:/app:ro`,
      "--workdir",
      "/app",
      "--volume",
      `${this.#secrets}:/run/secrets:ro`,
      "--volume",
      `${this.name("jobs")}:/jobs`,
      ...this.extraMounts(),
      "--read-only",
      "--tmpfs",
      "/tmp:mode=1777",
    ];
    const place = ["--name", this.name("backup"), "--hostname", "backup", "--network", this.#prefix, "--publish", "127.0.0.1:0:4060"];
    await docker(
      "run",
      "--detach",
      ...place,
      ...hardening,
      ...mounts,
      ...settings,
      images.backup,
      "node",
      ...this.nodeArguments(),
      "runtime/backup/src/main.ts",
    );
  }

  async startReady(environment: Record<string, string> = {}): Promise<void> {
    await this.startBackup(environment);
    await this.ready();
  }

  ready(): Promise<true> {
    return until("the home to be ready", async () => (await this.get("/health/ready")).status === 200, { timeoutMs: 240_000, everyMs: 100 });
  }

  /** Why the home is not ready. */
  notReady(containing: string): Promise<string> {
    return until(
      `a home that is not ready because of: ${containing}`,
      async () => {
        const { status, body } = await this.get<Problem>("/health/ready");
        return status === 503 && body.detail.includes(containing) && body.detail;
      },
      { timeoutMs: 180_000, everyMs: 100 },
    );
  }

  async remove(...parts: ("backup" | "postgres" | "bucket")[]): Promise<void> {
    for (const part of parts) await docker("rm", "--force", this.name(part));
  }

  async loseVolume(part: "postgres" | "jobs"): Promise<void> {
    await docker("volume", "rm", this.name(part));
  }

  kill(part: "backup" | "postgres" | "bucket"): Promise<string> {
    return docker("kill", "--signal", "KILL", this.name(part));
  }

  async start(part: "backup" | "postgres" | "bucket"): Promise<void> {
    await docker("start", this.name(part));
    if (part === "postgres") await this.#postgresAnswers();
  }

  /**
   * Kills a container at the very moment at which a shell condition becomes true in it: everything in it is frozen first. A condition of the shell's own
   * words, such as `[ -e file ]`, is looked at a hundred times as often as one that starts a program: it finds moments of a millisecond.
   */
  async killWhen(part: "backup" | "bucket", condition: string): Promise<void> {
    const tries = condition.startsWith("[") ? 50_000_000 : 30_000;
    const script = `until { ${condition}; } >/dev/null 2>&1; do n=$((n + 1)); [ $n -lt ${tries} ] || exit 1; done; kill -STOP -1`;
    await docker("exec", this.name(part), "sh", "-c", script);
    await this.kill(part);
  }

  get<T>(path: string): Promise<Answer<T>> {
    return this.#request<T>("GET", path);
  }

  post<T>(path: string, body?: object): Promise<Answer<T>> {
    return this.#request<T>("POST", path, body);
  }

  snapshot(): Promise<Answer<Snapshot & Problem>> {
    return this.#request<Snapshot & Problem>("POST", "/backups");
  }

  async list(): Promise<{ snapshots: Snapshot[]; lastError: { code: string; message: string } | null }> {
    return (await this.get<{ snapshots: Snapshot[]; lastError: { code: string; message: string } | null }>("/backups")).body;
  }

  /** Runs SQL in a database as the superuser. */
  async sql(database: string, text: string): Promise<string> {
    const argv = ["psql", "--host", "127.0.0.1", "--username", "postgres", "--dbname", database, "--tuples-only", "--no-align", "--command", text];
    return docker("exec", "--env", "PGPASSWORD=super", this.name("postgres"), ...argv);
  }

  /** Runs a shell line on the jobs volume as the jobs' user, whether or not the service runs. */
  async onJobs(script: string): Promise<string> {
    return docker("run", "--rm", "--network", "none", "--user", "1000", "--volume", `${this.name("jobs")}:/jobs`, images.backup, "sh", "-ec", script);
  }

  /** Every file of the jobs with its digest, mode and target: equal text means an equal tree. */
  tree(): Promise<string> {
    return this.onJobs(String.raw`cd /jobs; find . -path './.freehold*' -prune -o \( -type f -exec sha256sum {} \; -o -printf '%y %m %p -> %l\n' \) | sort`);
  }

  restore(...argv: string[]): Promise<string> {
    return docker("exec", this.name("backup"), "node", "runtime/backup/src/restore.ts", ...argv);
  }

  /** Whether every finished WAL segment, and all that was written until now, is in the bucket. */
  async archived(): Promise<boolean> {
    const waiting = "select count(*) from pg_ls_archive_statusdir() where name like '%.ready'";
    const last = await this.sql("postgres", "select pg_walfile_name(pg_switch_wal())");
    return (await this.sql("postgres", waiting)) === "0" && (await this.inBucket(`wal/archive/home/*/${last.slice(0, 16)}/${last}-*`));
  }

  /** Whether the bucket holds an object; `path` may hold the shell's wildcards. */
  inBucket(path: string): Promise<boolean> {
    const find = docker("exec", this.name("bucket"), "sh", "-c", `ls /data/test-backups/${path}`);
    return find.then(
      () => true,
      () => false,
    );
  }

  /** A figure of the service's metrics; undefined while it tells none. */
  async metric(name: string): Promise<number | undefined> {
    const address = (await docker("port", this.name("backup"), "4060/tcp")).split("\n")[0];
    const text = await (await fetch(`http://${address}/metrics`)).text();
    const value = new RegExp(`^${name} (\\S+)$`, "m").exec(text)?.[1];
    return value === undefined || value === "0" ? undefined : Number(value);
  }

  log(): Promise<string> {
    return logOf(this.name("backup"));
  }

  async destroy(): Promise<void> {
    await this.remove("backup", "postgres", "bucket");
    for (const part of ["postgres", "jobs", "bucket"]) await docker("volume", "rm", "--force", this.name(part));
    await docker("network", "rm", this.#prefix);
    await rm(this.#secrets, { recursive: true, force: true });
  }

  #postgresAnswers(): Promise<true> {
    const asking = () => docker("exec", this.name("postgres"), "pg_isready", "--quiet", "--host", "127.0.0.1");
    return until("PostgreSQL", () => asking().then(() => true), { timeoutMs: 120_000, everyMs: 100 });
  }

  async #request<T>(method: string, path: string, body?: object): Promise<Answer<T>> {
    const address = (await docker("port", this.name("backup"), "4060/tcp")).split("\n")[0];
    const response = await fetch(`http://${address}${path}`, {
      method,
      headers: { authorization: `Bearer ${this.#token}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as T };
  }
}
