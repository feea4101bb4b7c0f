import { join } from "node:path";
import { port, secret } from "@freehold/kernel/config";
import { z } from "zod";

const publicOrigin = (standard: string) =>
  z
    .url({ protocol: /^https?$/ })
    .default(standard)
    .transform((url) => new URL(url).origin);
const serviceUrl = (standard: string) => z.url({ protocol: /^https?$/ }).default(standard);

/** Every setting of the console; the README's table lists the same names. */
export const settings = z.object({
  PORT: port(4050),
  STACK: z.string().min(1).default("dev"),
  PUBLIC_ORIGIN: publicOrigin("https://console.localhost:28443"),
  /** What clients outside of the home call models by; shown beside new keys. */
  GATEWAY_PUBLIC_ORIGIN: publicOrigin("https://gateway.localhost:28443"),
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }),
  DATABASE_PASSWORD: secret().optional(),
  OWNER_PASSWORD: secret().refine((password) => password.reveal().length >= 8, "has fewer than 8 characters; take a longer one"),
  OWNER_TOKEN: secret().refine((token) => token.reveal().length >= 16, "has fewer than 16 characters; take a longer one"),
  WORKER_URL: serviceUrl("http://worker:4040"),
  WORKER_TOKEN: secret(),
  BACKUP_URL: serviceUrl("http://backup:4060"),
  BACKUP_TOKEN: secret(),
  GATEWAY_URL: serviceUrl("http://gateway:4010"),
  GATEWAY_ADMIN_TOKEN: secret(),
  MANAGER_URL: serviceUrl("http://manager:4030"),
  MANAGER_TOKEN: secret(),
  /** Where Caddy asks who may enter a tenant; nobody else reaches it. */
  TENANT_DOOR_PORT: port(4051),
  /** Caddy's inner entrance, through which the streams go on to tenants. */
  TENANT_EDGE_URL: serviceUrl("http://edge:4052"),
  TENANT_EDGE_KEY: secret().refine((key) => key.reveal().length >= 16, "has fewer than 16 characters; take a longer one"),
  METRICS_URL: serviceUrl("http://metrics:8428"),
  /** Where the built web UI lies. */
  UI_DIR: z.string().default(join(import.meta.dirname, "../dist")),
  AUDIT_KEEP_DAYS: z.coerce.number().int().min(1).default(365),
});

export type Settings = z.output<typeof settings>;
