import { randomBytes, randomUUID } from "node:crypto";
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
import { makeFirstKey } from "./alone/first-key.ts";
import { openAlone } from "./alone/open.ts";
import { renderWelcome } from "./alone/welcome.ts";
import { createGateway } from "./app.ts";
import { settings, type GatewaySettings } from "./config.ts";
import { relaxHeap } from "./heap.ts";
import { listenOn } from "./server.ts";
import { openTracing } from "./tracing/open.ts";

relaxHeap();
const log = createLog("gateway");
/** Units: milliseconds. Running streams may end in this time before they are broken off, so that all is closed within 10 s. */
const graceMs = 6_000;

await runService(log, async (onClose) => {
  const stated = loadConfig(settings, process.env);
  const alone = stated.DATABASE_URL === undefined ? await openAlone(stated, log) : undefined;
  const config = alone === undefined ? stated : { ...stated, BODY_LOG_KEY: alone.bodyKey, GATEWAY_JOURNAL_DIR: alone.journalFolder };
  const { db, adminToken, close } = alone ?? openShared(config);
  onClose(close);
  const state = { isMigrated: false };
  const ready = async () => {
    if (!state.isMigrated) throw new AppError("gateway.starting", "The database can't be reached yet; the gateway goes on trying.");
    await db.query("select 1");
  };
  const secrets = { environment: process.env, readFile: (path: string) => readFileSync(path, "utf8") };
  const tracing = await openTracing(config, log);
  onClose(() => tracing?.close());
  const gateway = createGateway({ settings: config, secrets, db, adminToken, log, metrics: createMetrics({ processMetrics: true }), tracing, ready });
  onClose(() => gateway.close());
  // It listens before its database is there, so that callers get a clear answer and no refused connection.
  const port = await listenOn(gateway.server, config.PORT, config.HOST ?? (alone === undefined ? "0.0.0.0" : "127.0.0.1"));
  onClose(async () => {
    const closing = closeServer(gateway.server, graceMs + 1_000);
    const broken = delay(graceMs).then(() => gateway.stopExchanges());
    await Promise.race([closing, broken.then(() => closing)]);
  });
  log.info("gateway.listening", { port });
  const prepare = async () => {
    await migrate(db, join(import.meta.dirname, "../migrations"));
    await gateway.catchUp();
  };
  await retry(prepare, {
    attempts: Number.POSITIVE_INFINITY,
    firstDelayMs: 100,
    maxDelayMs: 2_000,
    retryable: (thrown) => !(thrown instanceof AppError),
    onRetry: (error, attempt) => log.warn("database.unreachable", { attempt, error }),
  });
  state.isMigrated = true;
  if (alone !== undefined) {
    const key = await makeFirstKey(db, { random: randomBytes(32), id: randomUUID(), now: Date.now() });
    process.stdout.write(renderWelcome({ ...alone.facts, url: `http://127.0.0.1:${port}`, key }));
  }
});

/** The home's PostgreSQL. Throws: AppError `config.invalid`. */
function openShared({ DATABASE_URL, DATABASE_PASSWORD, GATEWAY_ADMIN_TOKEN }: GatewaySettings) {
  if (GATEWAY_ADMIN_TOKEN === undefined) throw new AppError("config.invalid", "Settings refused. GATEWAY_ADMIN_TOKEN is needed beside DATABASE_URL; set it.");
  const db = createPool({ url: DATABASE_URL as string, password: DATABASE_PASSWORD, applicationName: "gateway", log });
  return { db, adminToken: GATEWAY_ADMIN_TOKEN, close: () => db.end() };
}
