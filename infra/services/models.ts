import { planAntigravity, planAntigravityAccess, planBridge, planBridgeAccess } from "../bridge-plan.ts";
import type { Service } from "../components/service.ts";
import type { Ground } from "../ground.ts";
import { at, ports, ready } from "../ports.ts";
import { planTracing } from "../tracing-plan.ts";

/** The rehearsal model. */
export function modelService(home: Ground): Service {
  return home.service("model", { environment: { PORT: String(ports.model) }, networks: [home.networks.core], memoryMb: 192, health: ready("model") });
}

/** The bridge to Gemini. */
export function bridgeService(home: Ground): Service {
  return home.service("bridge", {
    ...planBridge(home, ports.bridge),
    networks: [home.networks.core, home.networks.egress],
    volumes: { "/data": home.volume("bridge") },
    memoryMb: 192,
    health: ready("bridge"),
  });
}

/** A bridge of its own to Antigravity, where the owner wants one. */
export function antigravityService(home: Ground): Service[] {
  const plan = planAntigravity(home, ports.antigravity);
  if (plan === undefined) return [];
  const args = {
    ...plan,
    image: "bridge",
    networks: [home.networks.core, home.networks.egress],
    volumes: { "/data": home.volume("antigravity") },
    memoryMb: 192,
    health: ready("antigravity"),
  } as const;
  return [home.service("antigravity", args)];
}

/** The one door to every model. */
export function gatewayService(home: Ground, after: Service[]): Service {
  const { settings } = home;
  const bridge = planBridgeAccess(home, at("bridge"));
  const antigravity = planAntigravityAccess(home, at("antigravity"));
  const tracing = planTracing(settings);
  return home.service(
    "gateway",
    {
      environment: {
        ...home.database("gateway"),
        PORT: String(ports.gateway),
        GATEWAY_ADMIN_TOKEN_FILE: "/run/secrets/gateway-admin-token",
        ...(settings.anthropicApiKey === undefined ? {} : { ANTHROPIC_API_KEY_FILE: "/run/secrets/anthropic-api-key" }),
        ANTHROPIC_BASE_URL: settings.anthropicBaseUrl,
        ...bridge.environment,
        ...antigravity.environment,
        ...tracing.environment,
        BODY_LOG_KEY_FILE: "/run/secrets/body-log-key",
        REHEARSAL_URL: at("model"),
        GATEWAY_JOURNAL_DIR: "/data/journal",
        VALKEY_URL: `redis://valkey:${ports.valkey}`,
        // Less than Node would let young objects take, so that bodies are freed soon: less memory, shorter pauses, and no slower. Old ones may take half of the container.
        NODE_OPTIONS: "--max-semi-space-size=8 --max-old-space-size=192",
        // Bodies of 48 KB come and go between small things that stay: given out one by one, they leave no holes. That is 30 MB with 2,000 streams.
        MALLOC_ARENA_MAX: "1",
        MALLOC_MMAP_THRESHOLD_: "40000",
      },
      secrets: {
        "database-password": home.secret("database/gateway"),
        "gateway-admin-token": home.secret("token/gateway-admin"),
        "body-log-key": home.secret("gateway/bodies"),
        ...(settings.anthropicApiKey === undefined ? {} : { "anthropic-api-key": settings.anthropicApiKey }),
        ...bridge.secrets,
        ...antigravity.secrets,
        ...tracing.secrets,
      },
      networks: [home.networks.core, home.networks.edge, home.networks.egress, ...home.networks.jobs],
      // What is not in the books yet when it is killed.
      volumes: { "/data": home.volume("gateway") },
      memoryMb: 384,
      health: ready("gateway"),
    },
    after,
  );
}
