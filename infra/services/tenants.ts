import type * as pulumi from "@pulumi/pulumi";
import type { Ground } from "../ground.ts";
import { at } from "../ports.ts";

interface TenantPlan {
  environment: Record<string, pulumi.Input<string>>;
  secrets: Record<string, pulumi.Input<string>>;
}

/** What the manager must know of tenants: where their homes lie, what they may take, and the keys to whom it asks for them. */
export function planTenants(home: Ground): TenantPlan {
  const { settings, place } = home;
  const { tenants } = settings;
  return {
    environment: {
      ...home.database("manager"),
      SECRETS_KEY_FILE: "/run/secrets/secrets-key",
      GATEWAY_URL: at("gateway"),
      GATEWAY_ADMIN_TOKEN_FILE: "/run/secrets/gateway-admin-token",
      BACKUP_URL: at("backup"),
      BACKUP_TOKEN_FILE: "/run/secrets/backup-token",
      TENANTS_VOLUME: home.volumes.tenants.name,
      TENANTS_MEMORY_MB: String(tenants.memoryMb),
      TENANT_IMAGE: home.images.tenant.tag,
      TENANT_KEEPER_IMAGE: home.images.manager.tag,
      TENANT_SUBNETS: tenants.subnets,
      TENANT_DOMAIN: place.domain,
      TENANT_PORT: String(place.publish.httpsPort),
      TENANT_MEMORY_MB: String(tenants.eachMemoryMb),
      TENANT_CPUS: String(tenants.cpus),
      TENANT_DISK_MB: String(tenants.diskMb),
      TENANT_IDLE_MINUTES: String(tenants.idleMinutes),
      ...(tenants.runtime === undefined ? {} : { TENANT_RUNTIME: tenants.runtime }),
    },
    secrets: {
      "database-password": home.secret("database/manager"),
      "secrets-key": home.secret("key/manager-secrets"),
      "gateway-admin-token": home.secret("token/gateway-admin"),
      "backup-token": home.secret("token/backup"),
    },
  };
}
