import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "@freehold/kernel/clock";
import { AppError, messageOf } from "@freehold/kernel/errors";
import type { Log } from "@freehold/kernel/log";
import { createPool } from "@freehold/kernel/postgres";
import { Secret } from "@freehold/kernel/secret";
import { Archive } from "./archive/archive.ts";
import { accessThrough, openEmulatorDoor } from "./bucket-emulator.ts";
import type { BackupConfig } from "./config.ts";
import { Databases } from "./databases.ts";
import { DumpTools } from "./dump.ts";
import { layoutOf } from "./layout.ts";
import { Restic, type ResticSettings } from "./restic.ts";
import type { HomeParts } from "./restoring.ts";

/** Opens the way to the databases, the volume and the bucket that the settings name; `onClose` takes what must be ended. */
export async function openHome(config: BackupConfig, log: Log, onClose: (closer: () => Promise<void>) => void): Promise<HomeParts> {
  const layout = layoutOf(config.JOBS_DIR);
  const timeoutMs = config.BACKUP_TIMEOUT_MINUTES * 60_000;
  const passwords = await readPasswords(config);
  const pool = createPool({ url: config.DATABASE_ADMIN_URL, password: config.DATABASE_ADMIN_PASSWORD, max: 4, applicationName: "backup", log });
  onClose(() => pool.end());
  const access = await openAccess(config, onClose);
  return {
    layout,
    restic: new Restic({
      repository: config.BACKUP_REPOSITORY,
      key: config.BACKUP_KEY,
      cacheDir: layout.cache,
      temporaryDir: layout.temporary,
      access,
      timeoutMs,
      log,
    }),
    tools: new DumpTools({ adminUrl: config.DATABASE_ADMIN_URL, adminPassword: config.DATABASE_ADMIN_PASSWORD, timeoutMs }),
    databases: new Databases(pool),
    archive: new Archive({ pool, clock: systemClock, timeoutMs }),
    passwords,
    log,
    clock: systemClock,
  };
}

async function openAccess(config: BackupConfig, onClose: (closer: () => Promise<void>) => void): Promise<ResticSettings["access"]> {
  if (config.BUCKET_EMULATOR_URL === undefined) return { env: credentials(config), args: [] };
  const folder = await mkdtemp(join(tmpdir(), "emulator-"));
  onClose(() => rm(folder, { recursive: true, force: true }));
  const door = await openEmulatorDoor(config.BUCKET_EMULATOR_URL, folder);
  onClose(() => door.close());
  return accessThrough(door);
}

function credentials({ BUCKET_PROJECT_ID, BUCKET_CREDENTIALS_FILE }: BackupConfig): Record<string, string> {
  return {
    ...(BUCKET_PROJECT_ID === undefined ? {} : { GOOGLE_PROJECT_ID: BUCKET_PROJECT_ID }),
    ...(BUCKET_CREDENTIALS_FILE === undefined ? {} : { GOOGLE_APPLICATION_CREDENTIALS: BUCKET_CREDENTIALS_FILE }),
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
