import type { UpstreamName } from "./upstreams.ts";

/** One route of an upstream that the console lets through; whatever isn't in the table doesn't exist. */
export interface ProxiedRoute {
  method: "get" | "post" | "patch" | "delete";
  path: string;
  upstream: UpstreamName;
  /** The upstream's path, with the same parameters. */
  to: string;
  /** What the audit calls it; every route that changes something has one. */
  action?: string;
  /** Units: bytes. No body is taken unless given. */
  bodyLimitBytes?: number;
  /** Units: milliseconds. How long the upstream may take until it begins to answer. */
  answerWithinMs?: number;
  /** Whether the answer is a file that a job made. */
  filesOfJobs?: true;
}

const megabyte = 1_000_000;
const keyBytes = 65_536;

export const proxiedRoutes: readonly ProxiedRoute[] = [
  { method: "get", path: "/api/jobs", upstream: "worker", to: "/api/jobs" },
  { method: "post", path: "/api/jobs", upstream: "worker", to: "/api/jobs", action: "job.create", bodyLimitBytes: 5 * megabyte },
  { method: "get", path: "/api/jobs/:id", upstream: "worker", to: "/api/jobs/:id" },
  { method: "post", path: "/api/jobs/:id/cancel", upstream: "worker", to: "/api/jobs/:id/cancel", action: "job.cancel", bodyLimitBytes: 10_000 },
  { method: "post", path: "/api/jobs/:id/retry", upstream: "worker", to: "/api/jobs/:id/retry", action: "job.retry", bodyLimitBytes: 1_000 },
  { method: "post", path: "/api/jobs/:id/resume", upstream: "worker", to: "/api/jobs/:id/resume", action: "job.resume", bodyLimitBytes: 5 * megabyte },
  { method: "delete", path: "/api/jobs/:id", upstream: "worker", to: "/api/jobs/:id", action: "job.delete" },
  { method: "get", path: "/api/queue", upstream: "worker", to: "/api/queue" },
  { method: "patch", path: "/api/queue", upstream: "worker", to: "/api/queue", action: "queue.change", bodyLimitBytes: 1_000 },
  { method: "post", path: "/api/queue/pause", upstream: "worker", to: "/api/queue/pause", action: "queue.pause", bodyLimitBytes: 4_000 },
  { method: "post", path: "/api/queue/resume", upstream: "worker", to: "/api/queue/resume", action: "queue.resume", bodyLimitBytes: 1_000 },
  { method: "post", path: "/api/queue/limit/clear", upstream: "worker", to: "/api/queue/limit/clear", action: "queue.limit-clear", bodyLimitBytes: 1_000 },
  { method: "get", path: "/api/jobs/:id/log", upstream: "worker", to: "/api/jobs/:id/log" },
  { method: "get", path: "/api/jobs/:id/log.ndjson", upstream: "worker", to: "/api/jobs/:id/log.ndjson" },
  { method: "get", path: "/api/jobs/:id/files", upstream: "worker", to: "/api/jobs/:id/files" },
  { method: "get", path: "/api/jobs/:id/files/content", upstream: "worker", to: "/api/jobs/:id/files/content", filesOfJobs: true },
  { method: "get", path: "/api/backups", upstream: "backup", to: "/backups", answerWithinMs: 60_000 },
  // The answer comes when the snapshot is in the bucket.
  { method: "post", path: "/api/backups", upstream: "backup", to: "/backups", action: "backup.create", bodyLimitBytes: 10_000, answerWithinMs: 30 * 60_000 },
  { method: "get", path: "/api/models/providers", upstream: "gateway", to: "/admin/providers" },
  {
    method: "post",
    path: "/api/models/providers/:id/reset",
    upstream: "gateway",
    to: "/admin/providers/:id/reset",
    action: "provider.reset",
    bodyLimitBytes: 1_000,
  },
  { method: "get", path: "/api/models/keys", upstream: "gateway", to: "/admin/keys" },
  { method: "post", path: "/api/models/keys", upstream: "gateway", to: "/admin/keys", action: "key.create", bodyLimitBytes: keyBytes },
  { method: "get", path: "/api/models/keys/:id", upstream: "gateway", to: "/admin/keys/:id" },
  { method: "patch", path: "/api/models/keys/:id", upstream: "gateway", to: "/admin/keys/:id", action: "key.change", bodyLimitBytes: keyBytes },
  { method: "delete", path: "/api/models/keys/:id", upstream: "gateway", to: "/admin/keys/:id", action: "key.revoke" },
  { method: "post", path: "/api/models/keys/:id/rotate", upstream: "gateway", to: "/admin/keys/:id/rotate", action: "key.rotate", bodyLimitBytes: 1_000 },
  { method: "get", path: "/api/models/usage", upstream: "gateway", to: "/admin/usage/report" },
  { method: "get", path: "/api/models/requests", upstream: "gateway", to: "/admin/requests" },
];

export const idPattern = /^[\w-]{1,100}$/;
