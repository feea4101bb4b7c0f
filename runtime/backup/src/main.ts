import { loadConfig } from "@freehold/kernel/config";
import { closeServer, listen } from "@freehold/kernel/http";
import { runService } from "@freehold/kernel/lifecycle";
import { createLog } from "@freehold/kernel/log";
import { createMetrics } from "@freehold/kernel/metrics";
import { ArchiveKeeper } from "./archive/keeper.ts";
import { createBackupApp } from "./app.ts";
import { configSchema } from "./config.ts";
import { openHome } from "./home.ts";
import { openService } from "./service.ts";

await runService(createLog("backup"), async (onClose) => {
  const config = loadConfig(configSchema, process.env);
  const log = createLog("backup", config.LOG_LEVEL);
  const metrics = createMetrics({ processMetrics: true });
  const stop = new AbortController();
  const parts = await openHome(config, { log, onClose, byHand: false });
  const service = openService(parts, metrics, stop.signal);
  const keeper = new ArchiveKeeper({
    archive: parts.archive,
    pattern: config.BASE_BACKUP_SCHEDULE,
    fullEveryMs: config.BASE_BACKUP_FULL_DAYS * 86_400_000,
    metrics,
    log,
    clock: parts.clock,
    signal: stop.signal,
  });

  const app = createBackupApp({ log, token: config.BACKUP_TOKEN, ...service.routes });
  const { server, port } = await listen(app, config.PORT);
  const targets = parts.targets.map(({ name, settings }) => ({ name, repository: settings.repository, emulator: settings.emulatorUrl !== undefined }));
  log.info("service.listening", { port, targets });
  onClose(() => closeServer(server, 2_000));

  service.start(() => keeper.start());
  onClose(async () => {
    service.stop();
    keeper.stop();
    stop.abort();
    await Promise.allSettled([service.idle(), keeper.idle()]);
  });
});
