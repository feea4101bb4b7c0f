import type { Service } from "../components/service.ts";
import type { Ground } from "../ground.ts";
import { deriveOwnerPassword } from "../keys.ts";
import { at, ports, ready } from "../ports.ts";
import { accountFolder, renderCaddyfile, renderFirstCaddyfile } from "../render/caddyfile.ts";
import { innerKeyMatcher } from "../render/tenant-sites.ts";

/** The web UI, and the door to the other services' APIs. */
export function consoleService(home: Ground, after: Service[]): Service {
  const { place, key } = home;
  return home.service(
    "console",
    {
      environment: {
        ...home.database("console"),
        PORT: String(ports.console),
        PUBLIC_ORIGIN: place.originOf("console"),
        GATEWAY_PUBLIC_ORIGIN: place.originOf("gateway"),
        OWNER_PASSWORD_FILE: "/run/secrets/owner-password",
        OWNER_TOKEN_FILE: "/run/secrets/owner-token",
        WORKER_URL: at("worker"),
        WORKER_TOKEN_FILE: "/run/secrets/worker-token",
        BACKUP_URL: at("backup"),
        BACKUP_TOKEN_FILE: "/run/secrets/backup-token",
        METRICS_URL: at("metrics"),
        MANAGER_URL: at("manager"),
        MANAGER_TOKEN_FILE: "/run/secrets/manager-token",
        TENANT_DOOR_PORT: String(ports.tenantDoor),
        TENANT_EDGE_URL: `http://edge:${ports.tenantEdge}`,
        TENANT_EDGE_KEY_FILE: "/run/secrets/tenant-edge-key",
        GATEWAY_URL: at("gateway"),
        GATEWAY_ADMIN_TOKEN_FILE: "/run/secrets/gateway-admin-token",
      },
      secrets: {
        "database-password": home.secret("database/console"),
        "owner-password": deriveOwnerPassword(key),
        "owner-token": home.secret("token/owner"),
        "worker-token": home.secret("token/worker"),
        "backup-token": home.secret("token/backup"),
        "gateway-admin-token": home.secret("token/gateway-admin"),
        "manager-token": home.secret("token/manager"),
        "tenant-edge-key": home.secret("key/tenant-edge"),
      },
      networks: [home.networks.core, home.networks.edge],
      memoryMb: 256,
      health: ready("console"),
    },
    after,
  );
}

/** Caddy, the only one whom the outside reaches. */
export function edgeService(home: Ground, after: Service[]): Service {
  const { place, settings } = home;
  const { on, httpPort, httpsPort } = place.publish;
  const wildcard = planWildcard(home);
  const account = planAccount(home);
  const sites = [
    { host: place.hostOf("console"), upstream: `console:${ports.console}`, closed: ["/metrics", "/health/*"] },
    { host: place.hostOf("gateway"), upstream: `gateway:${ports.gateway}`, closed: ["/admin/*", "/metrics", "/health/*"] },
  ];
  const published = [httpPort, httpsPort].map((port) => ({ ip: on, inside: port, outside: port }));
  // HTTP/3, which the Internet may use.
  const datagrams = on === "0.0.0.0" ? [{ ip: on, inside: httpsPort, outside: httpsPort, protocol: "udp" as const }] : [];
  return home.service(
    "edge",
    {
      files: {
        ...account.files,
        "/etc/freehold/Caddyfile": renderCaddyfile({
          certificates: place.certificates,
          httpPort,
          httpsPort,
          sites,
          tenants: {
            domain: place.domain,
            door: `console:${ports.tenantDoor}`,
            tenantPort: ports.tenant,
            innerPort: ports.tenantEdge,
            innerKeyFile: "/run/secrets/tenant-edge-key",
            closedTo: settings.tenants.subnets,
            largestBody: "100MB",
            wildcardPort: ports.edgeCertificate,
          },
        }),
      },
      environment: { ...account.environment, ...wildcard.environment },
      secrets: { "tenant-edge-key": home.secret("key/tenant-edge").apply(innerKeyMatcher), ...wildcard.secrets },
      networks: [home.networks.edge],
      volumes: { "/data": home.volumes.edge },
      memoryMb: 128 + wildcard.memoryMb,
      ports: [...published, ...datagrams],
      health: { command: `exec 3<>/dev/tcp/127.0.0.1/${httpsPort}` },
    },
    after,
  );
}

/** What the edge needs to make one account at a public authority before it asks for several names at once; run-edge says why. */
function planAccount({ place }: Ground): { files: Record<string, string>; environment: Record<string, string> } {
  const { certificates, publish } = place;
  if (certificates.from !== "acme") return { files: {}, environment: {} };
  const first = renderFirstCaddyfile({ certificates, httpPort: publish.httpPort, httpsPort: publish.httpsPort, host: place.hostOf("console") });
  return { files: { "/etc/freehold/first.Caddyfile": first }, environment: { ACME_ACCOUNT: accountFolder(certificates) } };
}

interface WildcardPlan {
  environment: Record<string, string>;
  secrets: Record<string, string>;
  memoryMb: number;
}

/** What the edge needs to get one certificate for all tenants' hosts; nothing where the home has no token of its DNS. */
function planWildcard({ place: { certificates, domain }, settings: { cloudflare, cloudflareDnsToken } }: Ground): WildcardPlan {
  if (certificates.from !== "acme" || certificates.wildcard !== true || cloudflare === undefined || cloudflareDnsToken === undefined)
    return { environment: {}, secrets: {}, memoryMb: 0 };
  const { email, authority } = certificates;
  return {
    environment: {
      WILDCARD_DOMAIN: domain,
      CLOUDFLARE_ZONE_ID: cloudflare.zoneId,
      ACME_EMAIL: email,
      ...(authority === undefined ? {} : { ACME_DIRECTORY: authority }),
    },
    secrets: { "cloudflare-dns-token": cloudflareDnsToken },
    // lego's, while it works.
    memoryMb: 64,
  };
}
