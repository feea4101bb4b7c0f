import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { steadyClock, systemClock } from "@freehold/kernel/clock";
import { AppError, messageOf } from "@freehold/kernel/errors";
import type { Log } from "@freehold/kernel/log";
import { createPool } from "@freehold/kernel/postgres";
import { Secret } from "@freehold/kernel/secret";
import { Archive } from "./archive/archive.ts";
import { targetsOf, type BackupConfig } from "./config.ts";
import { Databases } from "./databases.ts";
import { DumpTools } from "./dump.ts";
import { layoutOf } from "./layout.ts";
import type { HomeParts } from "./restoring.ts";
import { openTarget, type Target } from "./targets/target.ts";
import { createConfinement } from "./tenants/confinement.ts";
import { Manager } from "./tenants/manager.ts";
import { layoutOfTenants } from "./tenants/tenant-layout.ts";

interface Opening {
  log: Log;
  /** Takes what must be ended. */
  onClose: (closer: () => Promise<void>) => void;
  /** By another process than the service, which may run beside it. */
  byHand: boolean;
}

/** Opens the way to the databases, the volume and the bucket that the settings name. */
export async function openHome(config: BackupConfig, { log, onClose, byHand }: Opening): Promise<HomeParts> {
  const layout = layoutOf(config.JOBS_DIR);
  const timeoutMs = config.BACKUP_TIMEOUT_MINUTES * 60_000;
  const passwords = await readPasswords(config);
  const pool = createPool({ url: config.DATABASE_ADMIN_URL, password: config.DATABASE_ADMIN_PASSWORD, max: 4, applicationName: "backup", log });
  onClose(() => pool.end());
  const place = {
    key: config.BACKUP_KEY,
    cacheDir: layout.cache,
    temporaryDir: layout.temporary,
    metersDir: layout.meters,
    byHand,
    timeoutMs,
    log,
    clock: systemClock,
  };
  const targets: Target[] = [];
  for (const settings of targetsOf(config)) targets.push(await openTarget(settings, place, onClose));
  return {
    layout,
    targets,
    tools: new DumpTools({ adminUrl: config.DATABASE_ADMIN_URL, adminPassword: config.DATABASE_ADMIN_PASSWORD, timeoutMs }),
    databases: new Databases(pool),
    archive: new Archive({ pool, clock: systemClock, timeoutMs }),
    passwords,
    log,
    clock: systemClock,
    tenants: openTenants(config, log),
  };
}

function openTenants({ MANAGER_URL, MANAGER_TOKEN, TENANTS_DIR, BACKUP_TIMEOUT_MINUTES }: BackupConfig, log: Log): HomeParts["tenants"] {
  if (MANAGER_URL === undefined || MANAGER_TOKEN === undefined) return undefined;
  return {
    layout: layoutOfTenants(TENANTS_DIR),
    manager: new Manager({ url: MANAGER_URL, token: MANAGER_TOKEN }),
    log,
    clock: systemClock,
    steadyClock,
    confinement: createConfinement(log),
    timeoutMs: BACKUP_TIMEOUT_MINUTES * 60_000,
  };
}

async function readPasswords({ DATABASES, DATABASE_PASSWORDS_DIR }: BackupConfig): Promise<Map<string, Secret>> {
  const passwords = new Map<string, Secret>();
  for (const name of DATABASES) {
    const file = join(DATABASE_PASSWORDS_DIR, `database-password-${name}`);
    const text = await readFile(file, "utf8").catch((cause: unknown) => {
      throw new AppError("config.unreadable", `The password of database ${name} should be in ${file}, which can't be read: ${messageOf(cause)}.`, { cause });
    });
    if (text.trim() === "") throw new AppError("config.invalid", `The password of database ${name} in ${file} is empty.`);
    passwords.set(name, new Secret(text.replace(/\r?\n$/, "")));
  }
  return passwords;
}
