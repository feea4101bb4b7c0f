import type { UpstreamName } from "./upstreams.ts";

/** One route of an upstream that the console lets through; whatever isn't in the table doesn't exist. */
export interface ProxiedRoute {
  method: "get" | "post";
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

export const proxiedRoutes: readonly ProxiedRoute[] = [
  { method: "get", path: "/api/jobs", upstream: "worker", to: "/api/jobs" },
  { method: "post", path: "/api/jobs", upstream: "worker", to: "/api/jobs", action: "job.create", bodyLimitBytes: 5 * megabyte },
  { method: "get", path: "/api/jobs/:id", upstream: "worker", to: "/api/jobs/:id" },
  { method: "post", path: "/api/jobs/:id/cancel", upstream: "worker", to: "/api/jobs/:id/cancel", action: "job.cancel", bodyLimitBytes: 10_000 },
  { method: "get", path: "/api/jobs/:id/log", upstream: "worker", to: "/api/jobs/:id/log" },
  { method: "get", path: "/api/jobs/:id/log.ndjson", upstream: "worker", to: "/api/jobs/:id/log.ndjson" },
  { method: "get", path: "/api/jobs/:id/files", upstream: "worker", to: "/api/jobs/:id/files" },
  { method: "get", path: "/api/jobs/:id/files/content", upstream: "worker", to: "/api/jobs/:id/files/content", filesOfJobs: true },
  { method: "get", path: "/api/backups", upstream: "backup", to: "/backups", answerWithinMs: 60_000 },
  // The answer comes when the snapshot is in the bucket.
  { method: "post", path: "/api/backups", upstream: "backup", to: "/backups", action: "backup.create", bodyLimitBytes: 10_000, answerWithinMs: 30 * 60_000 },
  { method: "get", path: "/api/providers", upstream: "gateway", to: "/admin/providers" },
];

export const idPattern = /^[\w-]{1,100}$/;
