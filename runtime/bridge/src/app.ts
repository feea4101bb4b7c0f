import { join } from "node:path";
import type { Clock } from "@freehold/kernel/clock";
import { AppError } from "@freehold/kernel/errors";
import { createApp } from "@freehold/kernel/http";
import type { Log } from "@freehold/kernel/log";
import type { Metrics } from "@freehold/kernel/metrics";
import type { Express } from "express";
import type { Settings } from "./config.ts";
import { GoogleAccount, type Account } from "./credentials/account.ts";
import { createCredentials } from "./credentials/authorizer.ts";
import { createGoogleOAuth } from "./credentials/google.ts";
import { openSealedFile } from "./credentials/sealed-file.ts";
import { createGeminiClient, type Authorizer, type GeminiClient } from "./gemini/client.ts";
import { createModelMap } from "./model-map.ts";
import { createObservation } from "./observation.ts";
import { anthropicRoutes } from "./routes/anthropic.ts";
import { signInRoutes } from "./routes/sign-in.ts";
import { createSignatureCache } from "./signature-cache.ts";
import { createProjectFinder } from "./antigravity/project.ts";
import { antigravityRisk } from "./antigravity/risk.ts";
import { createAntigravityWire } from "./antigravity/wire.ts";
import type { WireAsk } from "./gemini/wire.ts";
import type { SignatureMemory } from "./translation/signatures.ts";

export interface Bridge {
  app: Express;
  close(): Promise<void>;
}

/** Units: milliseconds. */
const projectPollMs = 2_000;

/** Throws: AppError `config.invalid` for settings that only make sense together. */
export function createBridge(settings: Settings, { log, metrics, clock }: { log: Log; metrics: Metrics; clock: Clock }): Bridge {
  const account = createAccount(settings, { log, clock });
  if (isAntigravity(settings)) log.warn("antigravity.risk", { warning: antigravityRisk });
  const credentials = createCredentials({
    account,
    // Cloud Code Assist takes accounts alone, and is told the project in its envelope.
    ...(isAntigravity(settings) ? { apiKey: undefined, project: undefined } : { apiKey: settings.GEMINI_API_KEY, project: settings.GOOGLE_PROJECT }),
  });
  const map = createModelMap(settings.MODEL_MAP);
  const observation = createObservation(metrics, clock, map.models());
  const client = createClient(settings, credentials, clock);
  const translation = {
    modelFor: map.modelFor,
    signatures: createSignatures(settings, clock, observation.signatures),
    unknownFields: settings.UNKNOWN_FIELDS,
    headroomTokens: settings.THINKING_HEADROOM_TOKENS,
  };
  // A home without a key for Gemini is whole: what there is stands in the answer, and only a broken store is a fault.
  const ready = async () => ({ credential: await credentials.kind(), lastCall: observation.lastCall() });
  const app = createApp({ log, metrics, ready }, (routes) => {
    routes.use(
      "/v1",
      anthropicRoutes({
        client,
        map,
        translation,
        observation,
        clock,
        log,
        token: settings.BRIDGE_TOKEN,
        pingIntervalMs: settings.PING_INTERVAL_MS,
        maxBodyBytes: settings.MAX_BODY_BYTES,
        bodyBudgetBytes: settings.BODY_BUDGET_BYTES,
        bodyWaitMs: settings.BODY_WAIT_MS,
      }),
    );
    routes.use("/admin", signInRoutes({ token: settings.BRIDGE_ADMIN_TOKEN, account, credential: credentials.kind, lastCall: observation.lastCall }));
  });
  return { app, close: () => client.close() };
}

const isAntigravity = ({ ANTIGRAVITY }: Settings): boolean => ANTIGRAVITY !== "";

function createClient(settings: Settings, authorizer: Authorizer, clock: Clock): GeminiClient {
  const { ANTIGRAVITY_BASE_URL, GEMINI_BASE_URL, FIRST_BYTE_TIMEOUT_MS: firstByteTimeoutMs, IDLE_TIMEOUT_MS: idleTimeoutMs, GOOGLE_PROJECT: given } = settings;
  const common = { authorizer, clock, firstByteTimeoutMs, idleTimeoutMs };
  if (!isAntigravity(settings)) return createGeminiClient({ ...common, baseUrl: GEMINI_BASE_URL.replace(/\/+$/, "") });
  const wire = (ask: WireAsk) => createAntigravityWire(createProjectFinder({ ask, clock, given, pollMs: projectPollMs }));
  return createGeminiClient({ ...common, baseUrl: ANTIGRAVITY_BASE_URL.replace(/\/+$/, ""), wire });
}

function createSignatures(settings: Settings, clock: Clock, observe: (size: number) => void): SignatureMemory {
  const bounds = { maxAgeMs: settings.SIGNATURE_CACHE_MS, maxEntries: settings.SIGNATURE_CACHE_ENTRIES, maxCharacters: 64 * 1024 * 1024 };
  const cache = createSignatureCache({ clock, ...bounds });
  return {
    get: cache.get,
    set(id, model, value) {
      cache.set(id, model, value);
      observe(cache.size());
    },
  };
}

/** Undefined where no OAuth client is set. */
function createAccount(settings: Settings, { log, clock }: { log: Log; clock: Clock }): Account | undefined {
  const { GOOGLE_OAUTH_CLIENT_ID: id, GOOGLE_OAUTH_CLIENT_SECRET: secret, GOOGLE_PROJECT: project, BRIDGE_KEY: key, GOOGLE_OAUTH_BASE_URL: base } = settings;
  if (id === undefined && isAntigravity(settings))
    throw new AppError(
      "config.invalid",
      "Settings refused. ANTIGRAVITY needs GOOGLE_OAUTH_CLIENT_ID: it takes signed-in accounts alone. See this service's README.",
    );
  if (id === undefined) return undefined;
  if (secret === undefined || key === undefined || (project === undefined && !isAntigravity(settings)))
    throw new AppError(
      "config.invalid",
      "Settings refused. GOOGLE_OAUTH_CLIENT_ID needs GOOGLE_OAUTH_CLIENT_SECRET, GOOGLE_PROJECT and BRIDGE_KEY too. See the table in this service's README.",
    );
  const client = {
    id,
    secret,
    redirectUri: settings.GOOGLE_OAUTH_REDIRECT_URI,
    authorizeUrl: base === undefined ? "https://accounts.google.com/o/oauth2/v2/auth" : `${base}/auth`,
    tokenUrl: base === undefined ? "https://oauth2.googleapis.com/token" : `${base}/token`,
    revokeUrl: base === undefined ? "https://oauth2.googleapis.com/revoke" : `${base}/revoke`,
  };
  return new GoogleAccount({
    file: openSealedFile(join(settings.DATA_DIR, "google-account.sealed"), key),
    google: createGoogleOAuth(client, clock),
    clock,
    log,
  });
}
