import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "@freehold/kernel/clock";
import { loadConfig } from "@freehold/kernel/config";
import { closeServer, listen } from "@freehold/kernel/http";
import { runService } from "@freehold/kernel/lifecycle";
import { createLog } from "@freehold/kernel/log";
import { createMetrics } from "@freehold/kernel/metrics";
import { createPool, migrate } from "@freehold/kernel/postgres";
import { retry } from "@freehold/kernel/retry";
import { createConsole } from "./app.ts";
import { createAudit } from "./audit.ts";
import { settings as schema } from "./config.ts";
import { isDatabaseAway } from "./database-errors.ts";
import { tidy, tidyDaily } from "./housekeeping.ts";
import { adoptPassword, createPasswords } from "./password.ts";
import { createTenantDoor } from "./tenant-door/app.ts";
import { createDoors } from "./tenant-door/manager-doors.ts";
import { createConnections, upstreamsOf } from "./upstreams.ts";
import { readWebUi } from "./web-ui.ts";

const log = createLog("console");

await runService(log, async (onClose) => {
  const settings = loadConfig(schema, process.env);
  const pool = createPool({ url: settings.DATABASE_URL, password: settings.DATABASE_PASSWORD, applicationName: "console", log });
  onClose(() => pool.end());
  const patiently = {
    attempts: 8,
    firstDelayMs: 250,
    maxDelayMs: 4_000,
    retryable: isDatabaseAway,
    onRetry: (error: unknown) => log.warn("database.awaited", { error }),
  };
  const applied = await retry(() => migrate(pool, join(import.meta.dirname, "../migrations")), patiently);
  if (applied.length > 0) log.info("database.migrated", { applied });
  const { changed } = await adoptPassword(pool, settings.OWNER_PASSWORD, new Date(systemClock.now()));
  if (changed) log.info("owner-password.changed", { consequence: "every session of the owner has ended" });

  const audit = createAudit(pool, systemClock, log);
  onClose(() => audit.settled());
  const connections = createConnections();
  onClose(() => connections.destroy());
  const ui = await readWebUi(settings.UI_DIR);
  if (ui.size === 0) log.warn("ui.not-built", { folder: settings.UI_DIR });
  const metrics = createMetrics({ processMetrics: true });
  const { version } = JSON.parse(readFileSync(join(import.meta.dirname, "../package.json"), "utf8")) as { version: string };
  const doors = createDoors({ connections, manager: upstreamsOf(settings).manager, clock: systemClock });
  const app = createConsole({ settings, version, pool, clock: systemClock, log, metrics, audit, passwords: createPasswords(), connections, doors, ui });
  onClose(tidyDaily(() => tidy(pool, settings.AUDIT_KEEP_DAYS, systemClock.now()), log));
  const { server, port } = await listen(app, settings.PORT);
  log.info("http.listening", { port, publicOrigin: settings.PUBLIC_ORIGIN });
  const tenantDoor = createTenantDoor({
    pool,
    clock: systemClock,
    log,
    metrics,
    doors,
    publicOrigin: settings.PUBLIC_ORIGIN,
    ownerToken: settings.OWNER_TOKEN,
    edgeUrl: settings.TENANT_EDGE_URL,
    edgeKey: settings.TENANT_EDGE_KEY,
    newToken: () => randomBytes(32).toString("base64url"),
  });
  const door = await listen(tenantDoor.app, settings.TENANT_DOOR_PORT);
  tenantDoor.attach(door.server);
  onClose(() => closeServer(door.server, 2_000));
  onClose(() => tenantDoor.close());
  // Live logs never end by themselves: browsers come back to the next process and go on from their byte offset.
  onClose(() => closeServer(server, 2_000));
});
