import { at, ports, ready } from "../ports.ts";
import type { Service } from "../components/service.ts";
import { planArchive } from "../archive-plan.ts";
import { emulatorEnvironment, planBackups } from "../backup-plan.ts";
import { databases, type Ground } from "../ground.ts";

/** PostgreSQL, with a database for each service that keeps one, and the archive of its WAL in the bucket. */
export function postgresService(home: Ground, after: Service[]): Service {
  const { settings } = home;
  const archive = planArchive(home);
  return home.service(
    "postgres",
    {
      secrets: { "postgres-password": home.secret("postgres"), "wal-key": home.secret("wal"), ...archive.secrets },
      environment: {
        POSTGRES_PASSWORD_FILE: "/run/secrets/postgres-password",
        WAL_KEY_FILE: "/run/secrets/wal-key",
        ...archive.environment,
        WAL_ARCHIVE_TIMEOUT: String(settings.backup.archiveSeconds),
        WAL_KEEP_DAYS: String(settings.backup.archiveDays),
        WAL_QUEUE_MAX_MB: String(settings.backup.archiveQueueMb),
      },
      networks: archive.networks,
      volumes: { "/data": home.volumes.postgres },
      uid: 100,
      memoryMb: 512,
      health: { command: "pg_isready --quiet --host 127.0.0.1 --username postgres" },
    },
    after,
  );
}

/** Valkey: counts and cached answers, no truth. */
export function valkeyService(home: Ground): Service {
  return home.service("valkey", {
    networks: [home.networks.core],
    volumes: { "/data": home.volumes.valkey },
    uid: 100,
    memoryMb: 128,
    health: { command: "[[ $(valkey-cli ping) == PONG ]]" },
  });
}

/** The bucket for backups, simulated where the place has no real one. */
export function bucketService(home: Ground): Service[] {
  const { backups } = home.place;
  if (backups.kind !== "emulator") return [];
  return [
    home.service("bucket", {
      environment: { BUCKETS: backups.bucket, ...emulatorEnvironment },
      networks: [home.networks.core],
      volumes: { "/data": home.volume("bucket") },
      memoryMb: 256,
      health: { port: ports.bucket, path: "/_internal/healthcheck" },
    }),
  ];
}

/** The backup agent. It makes the databases, or brings back what is missing, before anything uses them. */
export function backupService(home: Ground, after: Service[]): Service {
  const { settings } = home;
  const target = planBackups(home);
  return home.service(
    "backup",
    {
      environment: {
        PORT: String(ports.backup),
        BACKUP_TOKEN_FILE: "/run/secrets/backup-token",
        DATABASE_ADMIN_URL: `postgres://postgres@postgres:${ports.postgres}/postgres`,
        DATABASE_ADMIN_PASSWORD_FILE: "/run/secrets/postgres-password",
        DATABASES: databases.join(","),
        DATABASE_PASSWORDS_DIR: "/run/secrets",
        JOBS_DIR: "/jobs",
        BACKUP_KEY_FILE: "/run/secrets/backup-key",
        ...target.environment,
        MANAGER_URL: at("manager"),
        MANAGER_TOKEN_FILE: "/run/secrets/manager-token",
        BASE_BACKUP_SCHEDULE: settings.backup.baseSchedule,
      },
      secrets: {
        "backup-token": home.secret("token/backup"),
        "backup-key": home.secret("backup"),
        "manager-token": home.secret("token/manager"),
        "postgres-password": home.secret("postgres"),
        ...target.secrets,
        ...Object.fromEntries(databases.map((name) => [`database-password-${name}`, home.secret(`database/${name}`)])),
      },
      networks: target.networks,
      volumes: { "/jobs": home.volumes.jobs, "/tenants": home.volumes.tenants },
      memoryMb: 512,
      health: ready("backup"),
      // Its start may restore a whole home.
      startSeconds: 600,
    },
    after,
  );
}
