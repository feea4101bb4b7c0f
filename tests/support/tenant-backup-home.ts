import { DockerHome, type Answer, type Problem } from "./backup-home.ts";
import { docker, images, root } from "./backup-images.ts";
import { until } from "./until.ts";
import type { TenantRestore } from "../../runtime/backup/src/tenants/restore-journal.ts";
import type { TenantBackup } from "../../runtime/backup/src/tenants/tenant-backups.ts";

type Counts = Record<"freezes" | "expired" | "restored" | "backedUp", number>;

/** A home with tenants, whose manager is a stand-in that holds real processes still; see runtime/backup/src/testing. */
export class TenantBackupHome extends DockerHome {
  protected override extraMounts(): string[] {
    return ["--volume", `${this.name("tenants")}:/tenants`];
  }

  protected override extraEnvironment(): Record<string, string> {
    return { MANAGER_URL: "http://manager:4030", MANAGER_TOKEN_FILE: "/run/secrets/backup-token" };
  }

  static override create(): Promise<TenantBackupHome> {
    return DockerHome.prepare(new TenantBackupHome());
  }

  async startManager(): Promise<void> {
    const place = ["--name", this.name("manager"), "--network", this.network, "--network-alias", "manager", "--init", "--cap-drop", "ALL", "--user", "1000"];
    const mounts = ["--volume", `${root}:/app:ro`, ...this.extraMounts()];
    await docker("run", "--detach", ...place, ...mounts, images.backup, "node", "/app/runtime/backup/src/testing/manager-stand-in.ts");
    await until("the manager", () => this.ask("GET", "/counts").then(() => true));
  }

  async stopManager(): Promise<void> {
    await docker("rm", "--force", this.name("manager"));
  }

  async loseTenants(): Promise<void> {
    await docker("volume", "rm", this.name("tenants"));
  }

  /** Asks the stand-in. */
  async ask<T>(method: string, path: string, body?: object): Promise<T> {
    const script = `fetch("http://127.0.0.1:4030${path}", { method: "${method}"${body === undefined ? "" : `, body: ${JSON.stringify(JSON.stringify(body))}`} }).then((r) => r.text()).then(console.log)`;
    return JSON.parse(await docker("exec", this.name("manager"), "node", "-e", script)) as T;
  }

  create(id: string): Promise<unknown> {
    return this.ask("POST", "/tenants", { id });
  }

  async wake(id: string, rows: number): Promise<void> {
    await this.create(id);
    await this.ask("POST", `/tenants/${id}/wake`, { rows });
  }

  sleep(id: string): Promise<unknown> {
    return this.ask("POST", `/tenants/${id}/sleep`);
  }

  counts(): Promise<Counts> {
    return this.ask("GET", "/counts");
  }

  /** Runs a shell line on the tenants volume as the tenants' user. */
  shell(script: string): Promise<string> {
    return docker("run", "--rm", "--network", "none", "--user", "1000", ...this.extraMounts(), images.backup, "sh", "-ec", script);
  }

  /** Lines in the log of a tenant's writer. */
  async rows(id: string): Promise<number> {
    return Number(await docker("exec", this.name("manager"), "sh", "-c", `wc -l < /tenants/${id}/home/log.jsonl || echo 0`));
  }

  /** How many rows each database of a tenant that sleeps holds, having been found whole. */
  async inHome(id: string, folder: string, ...files: string[]): Promise<number[]> {
    const script = `const { DatabaseSync } = require("node:sqlite"); console.log(JSON.stringify(process.argv.slice(1).map((file) => { const db = new DatabaseSync(file); if (db.prepare("pragma integrity_check").get().integrity_check !== "ok") throw new Error(file); return db.prepare("select count(*) as n from notes").get().n; })))`;
    const paths = files.map((file) => `/tmp/${folder}/${file}`);
    const command = `cp -r /tenants/${id}/home/${folder} /tmp/ && exec node --disable-warning=ExperimentalWarning -e '${script}' ${paths.join(" ")}`;
    return JSON.parse(await this.shell(command)) as number[];
  }

  /** Every entry of a home with its digest, mode, time and target. */
  homeTree(id: string): Promise<string> {
    return this.shell(
      String.raw`cd /tenants/${id}/home; find . -path ./cache -prune -o \( -type f -exec sha256sum {} \; -o -true \) -printf '%y %m %T@ %p -> %l\n' | grep -v '^d' | sort`,
    );
  }

  tenantBackup(id: string): Promise<Answer<TenantBackup & Problem>> {
    return this.post(`/tenants/${id}/backups`);
  }

  /** Begins a restore and waits for its end. */
  async restoreTenant(id: string, asked: object): Promise<TenantRestore> {
    const { status, body } = await this.post<TenantRestore & Problem>(`/tenants/${id}/restores`, asked);
    if (status !== 202) throw new Error(`The restore was refused: ${JSON.stringify(body)}`);
    return this.restoreEnd(body.id);
  }

  restoreEnd(id: string): Promise<TenantRestore> {
    const ended = async () => {
      const { body } = await this.get<TenantRestore>(`/restores/${id}`);
      return (body.state === "done" || body.state === "failed") && body;
    };
    return until("the end of the restore", ended, { timeoutMs: 60_000, everyMs: 100 });
  }

  until(what: string, condition: () => Promise<boolean>): Promise<unknown> {
    return until(what, condition, { timeoutMs: 60_000, everyMs: 100 });
  }

  override async destroy(): Promise<void> {
    await this.stopManager();
    await super.destroy();
    await docker("volume", "rm", "--force", this.name("tenants"));
  }
}
