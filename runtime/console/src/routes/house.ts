import type { Clock } from "@freehold/kernel/clock";
import { parseInput } from "@freehold/kernel/http";
import type { OpenApiDocument } from "@freehold/kernel/openapi";
import type { Pool } from "@freehold/kernel/postgres";
import { readAudit } from "../audit-log.ts";
import type { MetricsStore } from "../charts.ts";
import { readHome, type HomeParts } from "../home.ts";
import { auditQuery, chartsQuery, trialInput } from "../inputs.ts";
import type { Trials } from "../trial.ts";
import type { Handlers } from "./own.ts";

export interface HouseParts {
  pool: Pool;
  home: HomeParts;
  trials: Trials;
  metricsStore: MetricsStore;
  clock: Clock;
  readApi: () => Promise<OpenApiDocument>;
}

/** The home's state, what was done in it, and a model to try. */
export function houseHandlers({
  pool,
  home,
  trials,
  metricsStore,
  clock,
  readApi,
}: HouseParts): Pick<Handlers, "readApi" | "readCharts" | "readAlerts" | "readHome" | "readAudit" | "tryModel"> {
  return {
    async readApi(_request, response) {
      response.json(await readApi());
    },
    async readCharts(request, response) {
      response.json(await metricsStore.readCharts(parseInput(chartsQuery, request.query).hours, clock.now()));
    },
    async readAlerts(_request, response) {
      response.json({ alerts: await metricsStore.readAlerts() });
    },
    async readHome(_request, response) {
      response.json(await readHome(home));
    },
    async readAudit(request, response) {
      response.json(await readAudit(pool, parseInput(auditQuery, request.query)));
    },
    // The browser never sees a key.
    tryModel: (request, response) => trials.run(parseInput(trialInput, request.body), response),
  };
}
