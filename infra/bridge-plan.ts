import * as pulumi from "@pulumi/pulumi";
import type { ServiceArgs } from "./components/service.ts";
import { deriveSecret } from "./keys.ts";
import type { Settings } from "./settings.ts";

type Plan = Required<Pick<ServiceArgs, "environment" | "secrets">>;

interface BridgeArgs {
  /** The home's key. */
  key: string;
  settings: Settings;
}

/** What the bridge itself is told. */
export function planBridge({ key, settings: { geminiApiKey } }: BridgeArgs, port: number): Plan {
  return {
    environment: {
      PORT: String(port),
      BRIDGE_TOKEN_FILE: "/run/secrets/bridge-token",
      BRIDGE_ADMIN_TOKEN_FILE: "/run/secrets/bridge-admin-token",
      BRIDGE_KEY_FILE: "/run/secrets/bridge-key",
      ...(geminiApiKey === undefined ? {} : { GEMINI_API_KEY_FILE: "/run/secrets/gemini-api-key" }),
      // What its memory has room for; the bridge's README has the measurement.
      MAX_BODY_BYTES: String(12 * 1024 * 1024),
      NODE_OPTIONS: "--max-old-space-size=96 --max-semi-space-size=2",
    },
    secrets: {
      "bridge-token": derived(key, "token/bridge"),
      "bridge-admin-token": derived(key, "token/bridge-admin"),
      "bridge-key": derived(key, "bridge"),
      ...(geminiApiKey === undefined ? {} : { "gemini-api-key": geminiApiKey }),
    },
  };
}

/** What the gateway is told of the bridge: nothing without a key for Gemini, since the bridge would then stand in the way of the rehearsal model. */
export function planBridgeAccess({ key, settings: { geminiApiKey } }: BridgeArgs, url: string): Plan {
  if (geminiApiKey === undefined) return { environment: {}, secrets: {} };
  return {
    environment: { BRIDGE_URL: url, BRIDGE_TOKEN_FILE: "/run/secrets/bridge-token" },
    secrets: { "bridge-token": derived(key, "token/bridge") },
  };
}

/** What the second bridge is told, which asks Antigravity with a signed-in account; undefined unless the owner accepts the risk. */
export function planAntigravity({ key, settings }: BridgeArgs, port: number): Plan | undefined {
  const { antigravity, antigravityClientSecret } = settings;
  if (antigravity === undefined || antigravityClientSecret === undefined) return undefined;
  const { environment, secrets } = planBridge({ key, settings: { ...settings, geminiApiKey: undefined } }, port);
  return {
    environment: {
      ...environment,
      ANTIGRAVITY: "accept-risk",
      GOOGLE_OAUTH_CLIENT_ID: antigravity.clientId,
      GOOGLE_OAUTH_CLIENT_SECRET_FILE: "/run/secrets/client-secret",
      ...(antigravity.project === undefined ? {} : { GOOGLE_PROJECT: antigravity.project }),
      ...(antigravity.modelMap === undefined ? {} : { MODEL_MAP: antigravity.modelMap }),
    },
    secrets: {
      ...secrets,
      "bridge-token": derived(key, "token/antigravity"),
      "bridge-admin-token": derived(key, "token/antigravity-admin"),
      "bridge-key": derived(key, "antigravity"),
      "client-secret": pulumi.secret(antigravityClientSecret),
    },
  };
}

/** What the gateway is told of it. */
export function planAntigravityAccess({ key, settings: { antigravity } }: BridgeArgs, url: string): Plan {
  if (antigravity === undefined) return { environment: {}, secrets: {} };
  return {
    environment: { ANTIGRAVITY: "accept-risk", ANTIGRAVITY_URL: url, ANTIGRAVITY_TOKEN_FILE: "/run/secrets/antigravity-token" },
    secrets: { "antigravity-token": derived(key, "token/antigravity") },
  };
}

const derived = (key: string, purpose: string): pulumi.Output<string> => pulumi.secret(deriveSecret(key, purpose));
