import type { Role } from "./roles.ts";
import type { UpstreamName } from "./upstreams.ts";

/** One route of an upstream that the console lets through; whatever isn't in the table doesn't exist. */
export interface ProxiedRoute {
  method: "get" | "post" | "put" | "patch" | "delete";
  path: string;
  upstream: UpstreamName;
  /** The upstream's path, with the same parameters. */
  to: string;
  /** The least role that may call it. Viewers only read; what shows or moves keys and money is the owner's. */
  role: Role;
  /** What the audit calls it; every route that changes something has one. */
  action?: string;
  /** Units: bytes. No body is taken unless given. */
  bodyLimitBytes?: number;
  /** Units: milliseconds. How long the upstream may take until it begins to answer. */
  answerWithinMs?: number;
  /** Whether the answer is a file that a job made. */
  filesOfJobs?: true;
}

type More = Partial<Pick<ProxiedRoute, "role" | "bodyLimitBytes" | "answerWithinMs" | "filesOfJobs">>;
type Change = "post" | "put" | "patch" | "delete";

/** Of a service whose own paths are `own` where the console's are `shown`. */
function routesOf(upstream: UpstreamName, shown = "/api", own = shown) {
  const row = (method: ProxiedRoute["method"], path: string) => ({ method, path: shown + path, upstream, to: own + path });
  return {
    /** For viewers, unless said otherwise. */
    read: (path: string, more: More = {}): ProxiedRoute => ({ ...row("get", path), role: "viewer", ...more }),
    /** For operators, unless said otherwise. */
    change: (method: Change, path: string, action: string, more: More = {}): ProxiedRoute => ({ ...row(method, path), role: "operator", action, ...more }),
  };
}

/** Bodies that say little or nothing. */
const small = { bodyLimitBytes: 20_000 };
const large = { bodyLimitBytes: 5_000_000 };
/** A large file is on the disk of a slow machine before the answer begins. */
const fileWithin = { answerWithinMs: 5 * 60_000 };
const file = { ...fileWithin, bodyLimitBytes: 1_024 * 1_048_576 };
const owner = { role: "owner" } as const;
const ownersSmall = { ...owner, ...small };

const worker = routesOf("worker");
const jobs = [
  worker.read("/jobs"),
  worker.change("post", "/jobs", "job.create", large),
  worker.read("/jobs/:id"),
  worker.change("post", "/jobs/:id/cancel", "job.cancel", small),
  worker.change("post", "/jobs/:id/retry", "job.retry", small),
  worker.change("post", "/jobs/:id/resume", "job.resume", large),
  worker.change("delete", "/jobs/:id", "job.delete"),
  worker.read("/jobs/:id/log"),
  worker.read("/jobs/:id/log.ndjson"),
  worker.read("/jobs/:id/log/search"),
  worker.read("/queue"),
  worker.change("patch", "/queue", "queue.change", small),
  worker.change("post", "/queue/pause", "queue.pause", small),
  worker.change("post", "/queue/resume", "queue.resume", small),
  worker.change("post", "/queue/limit/clear", "queue.limit-clear", small),
];

const files = [
  worker.change("post", "/uploads", "upload.create", file),
  worker.read("/jobs/:id/files"),
  worker.read("/jobs/:id/files/content", { filesOfJobs: true }),
  worker.change("put", "/jobs/:id/files/content", "file.write", file),
  worker.change("post", "/jobs/:id/files/folder", "file.folder", small),
  worker.change("post", "/jobs/:id/files/rename", "file.rename", small),
  worker.change("delete", "/jobs/:id/files", "file.delete"),
  worker.change("post", "/jobs/:id/files/undo", "file.undo", small),
  worker.read("/jobs/:id/files/archive", fileWithin),
];

const repositories = [
  worker.read("/jobs/:id/repository"),
  worker.read("/jobs/:id/diff", fileWithin),
  worker.change("post", "/jobs/:id/deliver", "job.deliver", small),
  worker.read("/repositories/credentials"),
  worker.change("put", "/repositories/credentials/:id", "credential.store", ownersSmall),
  worker.change("delete", "/repositories/credentials/:id", "credential.delete", owner),
];

const templates = [
  worker.read("/templates"),
  worker.change("post", "/templates", "template.create", large),
  worker.read("/templates/:id"),
  worker.change("put", "/templates/:id", "template.change", large),
  worker.change("delete", "/templates/:id", "template.delete"),
];

const schedules = [
  worker.read("/schedules"),
  worker.change("post", "/schedules", "schedule.create", large),
  worker.read("/schedules/preview"),
  worker.change("post", "/schedules/import", "schedule.import", { ...large, answerWithinMs: 60_000 }),
  worker.read("/schedules/:id"),
  worker.change("patch", "/schedules/:id", "schedule.change", large),
  worker.change("delete", "/schedules/:id", "schedule.delete"),
  worker.read("/schedules/:id/next"),
  worker.read("/schedules/:id/runs"),
  worker.change("post", "/schedules/:id/run", "schedule.run", small),
  worker.change("post", "/schedules/:id/pause", "schedule.pause", small),
  worker.change("post", "/schedules/:id/resume", "schedule.resume", small),
  worker.read("/schedules/:id/channels"),
  worker.change("put", "/schedules/:id/channels", "schedule.channels", small),
];

const approvals = [worker.read("/approvals"), worker.read("/approvals/:id"), worker.change("post", "/approvals/:id/answer", "approval.answer", small)];

const notices = [
  worker.read("/notices/signing-secret", owner),
  worker.read("/notices/channels", owner),
  worker.change("post", "/notices/channels", "channel.create", ownersSmall),
  worker.read("/notices/channels/:id", owner),
  worker.change("patch", "/notices/channels/:id", "channel.change", ownersSmall),
  worker.change("delete", "/notices/channels/:id", "channel.delete", owner),
  worker.change("post", "/notices/channels/:id/test", "channel.test", { ...ownersSmall, answerWithinMs: 60_000 }),
  worker.read("/notices/deliveries", owner),
  worker.change("post", "/notices/deliveries/:id/retry", "delivery.retry", ownersSmall),
];

const backup = routesOf("backup", "/api/backups", "/backups");
const backups = [
  backup.read("", { answerWithinMs: 60_000 }),
  // The answer comes when the snapshot is in the bucket.
  backup.change("post", "", "backup.create", { ...small, answerWithinMs: 30 * 60_000 }),
];

const gateway = routesOf("gateway", "/api/models", "/admin");
const keyBody = { ...owner, bodyLimitBytes: 65_536 };
const models = [
  gateway.read("/providers"),
  gateway.change("post", "/providers/:id/reset", "provider.reset", small),
  gateway.read("/keys", owner),
  gateway.change("post", "/keys", "key.create", keyBody),
  gateway.read("/keys/:id", owner),
  gateway.change("patch", "/keys/:id", "key.change", keyBody),
  gateway.change("delete", "/keys/:id", "key.revoke", owner),
  gateway.change("post", "/keys/:id/rotate", "key.rotate", ownersSmall),
  { ...gateway.read("/usage", owner), to: "/admin/usage/report" },
  gateway.read("/requests", owner),
];

export const proxiedRoutes: readonly ProxiedRoute[] = [
  ...jobs,
  ...files,
  ...repositories,
  ...templates,
  ...schedules,
  ...approvals,
  ...notices,
  ...backups,
  ...models,
];

export const idPattern = /^[\w-]{1,100}$/;
