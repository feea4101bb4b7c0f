import { loadConfig } from "@freehold/kernel/config";
import { closeServer, listen } from "@freehold/kernel/http";
import { runService } from "@freehold/kernel/lifecycle";
import { createLog } from "@freehold/kernel/log";
import { createMetrics } from "@freehold/kernel/metrics";
import { ArchiveKeeper } from "./archive/keeper.ts";
import { createBackupApp } from "./app.ts";
import { Backups } from "./backups.ts";
import { configSchema } from "./config.ts";
import { openHome } from "./home.ts";
import { isOverdue } from "./plan.ts";
import { Preparation } from "./preparation.ts";
import { Schedule } from "./schedule.ts";
import { makeLockedSnapshot } from "./snapshotting.ts";

await runService(createLog("backup"), async (onClose) => {
  const config = loadConfig(configSchema, process.env);
  const log = createLog("backup", config.LOG_LEVEL);
  const metrics = createMetrics({ processMetrics: true });
  const stop = new AbortController();
  const parts = await openHome(config, log, onClose);
  const preparation = new Preparation(parts, stop.signal);
  const retention = { hourly: config.BACKUP_KEEP_HOURLY, daily: config.BACKUP_KEEP_DAILY };
  const make = async (onBegin: () => void) => {
    preparation.require();
    return makeLockedSnapshot(parts, retention, onBegin, stop.signal);
  };
  const backups = new Backups({ make, fetchList: () => parts.restic.snapshots({ signal: stop.signal }), metrics, log, clock: parts.clock });
  const schedule = new Schedule({ pattern: config.BACKUP_SCHEDULE, work: () => backups.snapshot(), log });
  const keeper = new ArchiveKeeper({
    archive: parts.archive,
    pattern: config.BASE_BACKUP_SCHEDULE,
    fullEveryMs: config.BASE_BACKUP_FULL_DAYS * 86_400_000,
    metrics,
    log,
    clock: parts.clock,
    signal: stop.signal,
  });

  const app = createBackupApp({ log, metrics, ready: () => preparation.ready(), token: config.BACKUP_TOKEN, backups, nextRunAt: () => schedule.nextRunAt });
  const { server, port } = await listen(app, config.PORT);
  log.info("service.listening", { port, repository: config.BACKUP_REPOSITORY, emulator: config.BUCKET_EMULATOR_URL !== undefined });
  onClose(() => closeServer(server, 2_000));

  const prepared = preparation.run().then(async () => {
    if (stop.signal.aborted) return;
    schedule.start();
    keeper.start().catch((error: unknown) => log.error("archive.not-kept", { error }));
    const [newest] = await backups.list();
    if (isOverdue(newest, schedule.lastDueAt)) await schedule.runNow();
  });
  prepared.catch((error: unknown) => log.warn("backup.list-failed", { error }));
  onClose(async () => {
    schedule.stop();
    keeper.stop();
    stop.abort();
    await Promise.allSettled([prepared, backups.idle(), keeper.idle()]);
  });
});
