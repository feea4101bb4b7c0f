import type { Health } from "./components/service.ts";

/** Where each service listens inside the home. */
export const ports = {
  postgres: 5432,
  valkey: 6379,
  gateway: 4010,
  model: 4020,
  manager: 4030,
  worker: 4040,
  console: 4050,
  /** The console's second port, which Caddy alone asks. */
  tenantDoor: 4051,
  /** Caddy's inner entrance, which the console alone uses. */
  tenantEdge: 4052,
  /** Where Caddy hands itself the certificate of all tenants' hosts, on its own loopback. */
  edgeCertificate: 4053,
  /** OpenClaw, in each tenant's own network. */
  tenant: 18_789,
  backup: 4060,
  bridge: 8081,
  antigravity: 8081,
  bucket: 4443,
  bucketS3: 4480,
  bucketTls: 4444,
  metrics: 8428,
  egress: 3128,
} as const;

export const ready = (name: keyof typeof ports): Health => ({ port: ports[name], path: "/health/ready" });

export const at = (name: keyof typeof ports) => `http://${name}:${ports[name]}`;
