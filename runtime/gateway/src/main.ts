import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { loadConfig } from "@freehold/kernel/config";
import { AppError } from "@freehold/kernel/errors";
import { closeServer } from "@freehold/kernel/http";
import { runService } from "@freehold/kernel/lifecycle";
import { createLog } from "@freehold/kernel/log";
import { createMetrics } from "@freehold/kernel/metrics";
import { createPool, migrate } from "@freehold/kernel/postgres";
import { retry } from "@freehold/kernel/retry";
import { createGateway } from "./app.ts";
import { settings } from "./config.ts";
import { listenOn } from "./server.ts";

const log = createLog("gateway");
/** Units: milliseconds. Running streams may end in this time before they are broken off, so that all is closed within 10 s. */
const graceMs = 6_000;

await runService(log, async (onClose) => {
  const config = loadConfig(settings, process.env);
  const db = createPool({ url: config.DATABASE_URL, password: config.DATABASE_PASSWORD, applicationName: "gateway", log });
  onClose(() => db.end());
  const state = { isMigrated: false };
  const ready = async () => {
    if (!state.isMigrated) throw new AppError("gateway.starting", "The database can't be reached yet; the gateway goes on trying.");
    await db.query("select 1");
  };
  const secrets = { environment: process.env, readFile: (path: string) => readFileSync(path, "utf8") };
  const gateway = createGateway({ settings: config, secrets, db, log, metrics: createMetrics({ processMetrics: true }), ready });
  onClose(() => gateway.close());
  // It listens before its database is there, so that callers get a clear answer and no refused connection.
  const port = await listenOn(gateway.server, config.PORT, config.HOST);
  onClose(async () => {
    const closing = closeServer(gateway.server, graceMs + 1_000);
    const broken = delay(graceMs).then(() => gateway.stopExchanges());
    await Promise.race([closing, broken.then(() => closing)]);
  });
  log.info("gateway.listening", { port });
  await retry(() => migrate(db, join(import.meta.dirname, "../migrations")), {
    attempts: Number.POSITIVE_INFINITY,
    firstDelayMs: 100,
    maxDelayMs: 2_000,
    retryable: (thrown) => !(thrown instanceof AppError),
    onRetry: (error, attempt) => log.warn("database.unreachable", { attempt, error }),
  });
  state.isMigrated = true;
});
