import type { Express } from "express";
import type { Dispatcher } from "undici";
import type { Clock } from "@freehold/kernel/clock";
import { createApp } from "@freehold/kernel/http";
import type { Log } from "@freehold/kernel/log";
import type { Metrics } from "@freehold/kernel/metrics";
import type { Pool } from "@freehold/kernel/postgres";
import type { Audit } from "./audit.ts";
import { requireCaller } from "./callers.ts";
import type { Settings } from "./config.ts";
import { databaseProblems } from "./database-errors.ts";
import { readHome } from "./home.ts";
import { createProxy } from "./proxy.ts";
import { proxiedRouter } from "./routes/proxied.ts";
import { sessionRouter } from "./routes/session.ts";
import { trialRouter } from "./routes/trial.ts";
import { noStore, securityHeaders } from "./security-headers.ts";
import { createTrials } from "./trial.ts";
import { upstreamsOf } from "./upstreams.ts";
import { webUiHandler, type WebUi } from "./web-ui.ts";

export interface ConsoleParts {
  settings: Settings;
  pool: Pool;
  clock: Clock;
  log: Log;
  metrics: Metrics;
  audit: Audit;
  checkPassword: (password: string) => Promise<boolean>;
  connections: Dispatcher;
  ui: WebUi;
}

/** The console: sign-in, the door to the other services' APIs, and the web UI. */
export function createConsole(parts: ConsoleParts): Express {
  const { settings, pool, clock, log, metrics, audit, checkPassword, connections, ui } = parts;
  const upstreams = upstreamsOf(settings);
  const callers = { pool, clock, ownerToken: settings.OWNER_TOKEN, publicOrigin: settings.PUBLIC_ORIGIN };
  const askDatabase = () => pool.query("select 1");
  const home = { stack: settings.STACK, gatewayOrigin: settings.GATEWAY_PUBLIC_ORIGIN, connections, upstreams, askDatabase };
  return createApp({ log, metrics, ready: async () => void (await askDatabase()) }, (app) => {
    // Caddy stands before the console and names the caller's address; express takes it from the nearest hop alone.
    app.set("trust proxy", 1);
    app.use(securityHeaders());
    app.use("/api", noStore());
    app.use(sessionRouter({ ...callers, checkPassword, metrics, audit }));
    app.use("/api", requireCaller(callers));
    app.get("/api/home", async (_request, response) => void response.json(await readHome(home)));
    app.use(trialRouter(createTrials({ connections, gateway: upstreams.gateway, clock, log }), audit));
    app.use(proxiedRouter(createProxy({ connections, upstreams, metrics, log }), audit));
    app.use(webUiHandler(ui));
    app.use(databaseProblems());
  });
}
