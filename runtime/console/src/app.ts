import { randomBytes, randomUUID } from "node:crypto";
import type { Express } from "express";
import type { Dispatcher } from "undici";
import type { Clock } from "@freehold/kernel/clock";
import { createApp } from "@freehold/kernel/http";
import type { Log } from "@freehold/kernel/log";
import type { Metrics } from "@freehold/kernel/metrics";
import type { Pool } from "@freehold/kernel/postgres";
import type { Audit } from "./audit.ts";
import { requireCaller } from "./callers.ts";
import { createMetricsStore } from "./charts.ts";
import type { Settings } from "./config.ts";
import { databaseProblems } from "./database-errors.ts";
import type { Passwords } from "./password.ts";
import { createProxy } from "./proxy.ts";
import { doorErrors, ownDocument } from "./routes/descriptions.ts";
import { accountHandlers, tokenHandlers } from "./routes/account.ts";
import { answerLinkHandlers } from "./routes/answer-links.ts";
import { houseHandlers } from "./routes/house.ts";
import { invitationHandlers, memberHandlers } from "./routes/members.ts";
import { ownRouter, type Handlers } from "./routes/own.ts";
import { proxiedRouter } from "./routes/proxied.ts";
import { sessionHandlers } from "./routes/session.ts";
import { enterHandlers } from "./routes/tenant-door.ts";
import { noStore, securityHeaders } from "./security-headers.ts";
import { createApiDocument } from "./service-documents.ts";
import type { Doors } from "./tenant-door/manager-doors.ts";
import { createTrials } from "./trial.ts";
import { upstreamsOf, type Upstreams } from "./upstreams.ts";
import { webUiHandler, type WebUi } from "./web-ui.ts";

export interface ConsoleParts {
  settings: Settings;
  /** The release, as Settings shows it. */
  version: string;
  pool: Pool;
  clock: Clock;
  log: Log;
  metrics: Metrics;
  audit: Audit;
  passwords: Passwords;
  connections: Dispatcher;
  doors: Doors;
  ui: WebUi;
}

/** The console: sign-in, members, the door to the other services' APIs, and the web UI. */
export function createConsole(parts: ConsoleParts): Express {
  const { settings, pool, clock, log, metrics, audit, connections, ui } = parts;
  const upstreams = upstreamsOf(settings);
  const callers = { pool, clock, audit, ownerToken: settings.OWNER_TOKEN, publicOrigin: settings.PUBLIC_ORIGIN };
  return createApp({ log, metrics, ready: async () => void (await pool.query("select 1")) }, (app) => {
    // Caddy stands before the console and names the caller's address; express takes it from the nearest hop alone.
    app.set("trust proxy", 1);
    app.use(securityHeaders());
    app.use("/api", noStore());
    app.use(ownRouter(callers, handlersOf(parts, upstreams)));
    app.use("/api", requireCaller(callers));
    app.use(proxiedRouter(createProxy({ connections, upstreams, metrics, log }), audit));
    app.use(webUiHandler(ui));
    app.use(databaseProblems());
  });
}

function handlersOf({ settings, version, pool, clock, log, metrics, passwords, connections, doors }: ConsoleParts, upstreams: Upstreams): Handlers {
  const publicOrigin = settings.PUBLIC_ORIGIN;
  const members = { pool, clock, passwords, publicOrigin, newToken: () => randomBytes(32).toString("base64url"), newId: () => randomUUID() };
  const home = {
    about: { stack: settings.STACK, version, publicOrigin, gatewayOrigin: settings.GATEWAY_PUBLIC_ORIGIN, auditKeepDays: settings.AUDIT_KEEP_DAYS },
    connections,
    upstreams,
    askDatabase: () => pool.query("select 1"),
  };
  const readApi = createApiDocument({ connections, upstreams, own: ownDocument(), doorErrors, clock, log });
  return {
    ...sessionHandlers({ ...members, metrics }),
    ...accountHandlers(members),
    ...tokenHandlers(members),
    ...memberHandlers(members),
    ...invitationHandlers(members),
    ...enterHandlers({ ...members, doors }),
    ...answerLinkHandlers({ pool, clock, connections, worker: upstreams.worker }),
    ...houseHandlers({
      pool,
      home,
      trials: createTrials({ connections, gateway: upstreams.gateway, clock, log }),
      metricsStore: createMetricsStore(connections, settings.METRICS_URL.replace(/\/+$/, "")),
      clock,
      readApi,
    }),
  };
}
