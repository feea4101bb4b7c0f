import { parseInput } from "@freehold/kernel/http";
import type { OpenApiDocument } from "@freehold/kernel/openapi";
import type { Pool } from "@freehold/kernel/postgres";
import { readAudit } from "../audit-log.ts";
import { readHome, type HomeParts } from "../home.ts";
import { auditQuery, trialInput } from "../inputs.ts";
import type { Trials } from "../trial.ts";
import type { Handlers } from "./own.ts";

export interface HouseParts {
  pool: Pool;
  home: HomeParts;
  trials: Trials;
  readApi: () => Promise<OpenApiDocument>;
}

/** The home's state, what was done in it, and a model to try. */
export function houseHandlers({ pool, home, trials, readApi }: HouseParts): Pick<Handlers, "readApi" | "readHome" | "readAudit" | "tryModel"> {
  return {
    async readApi(_request, response) {
      response.json(await readApi());
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
