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
  /** What the audit calls it; every route that changes something has one, and so has reading what somebody has said to a model. */
  action?: string;
  /** Units: bytes. No body is taken unless given. */
  bodyLimitBytes?: number;
  /** Units: milliseconds. How long the upstream may take until it begins to answer. */
  answerWithinMs?: number;
  /** Whether the answer is a file that a job made. */
  filesOfJobs?: true;
}

type More = Partial<Pick<ProxiedRoute, "bodyLimitBytes" | "answerWithinMs" | "filesOfJobs">>;
type Change = "post" | "put" | "patch" | "delete";

/** Of a service whose own paths are `own` where the console's are `shown`. */
function routesOf(upstream: UpstreamName, shown = "/api", own = shown) {
  const row = (method: ProxiedRoute["method"], path: string) => ({ method, path: shown + path, upstream, to: own + path });
  return {
    read: (role: Role, path: string, more: More = {}): ProxiedRoute => ({ ...row("get", path), role, ...more }),
    change: (role: Role, method: Change, ...[path, action, more = {}]: [path: string, action: string, more?: More]): ProxiedRoute => ({
      ...row(method, path),
      role,
      action,
      ...more,
    }),
  };
}

/** Bodies that say little or nothing. */
const small = { bodyLimitBytes: 20_000 };
const large = { bodyLimitBytes: 5_000_000 };
/** A large file is on the disk of a slow machine before the answer begins. */
const fileWithin = { answerWithinMs: 5 * 60_000 };
const file = { ...fileWithin, bodyLimitBytes: 1_024 * 1_048_576 };

const worker = routesOf("worker");
const jobs = [
  worker.read("viewer", "/jobs"),
  worker.change("operator", "post", "/jobs", "job.create", large),
  worker.read("viewer", "/jobs/:id"),
  worker.change("operator", "post", "/jobs/:id/cancel", "job.cancel", small),
  worker.change("operator", "post", "/jobs/:id/retry", "job.retry", small),
  worker.change("operator", "post", "/jobs/:id/resume", "job.resume", large),
  worker.change("operator", "delete", "/jobs/:id", "job.delete"),
  worker.read("viewer", "/jobs/:id/log"),
  worker.read("viewer", "/jobs/:id/log.ndjson"),
  worker.read("viewer", "/jobs/:id/log/search"),
  worker.read("viewer", "/queue"),
  worker.change("operator", "patch", "/queue", "queue.change", small),
  worker.change("operator", "post", "/queue/pause", "queue.pause", small),
  worker.change("operator", "post", "/queue/resume", "queue.resume", small),
  worker.change("operator", "post", "/queue/limit/clear", "queue.limit-clear", small),
];

const files = [
  worker.change("operator", "post", "/uploads", "upload.create", file),
  worker.read("viewer", "/jobs/:id/files"),
  worker.read("viewer", "/jobs/:id/files/content", { filesOfJobs: true }),
  worker.change("operator", "put", "/jobs/:id/files/content", "file.write", file),
  worker.change("operator", "post", "/jobs/:id/files/folder", "file.folder", small),
  worker.change("operator", "post", "/jobs/:id/files/rename", "file.rename", small),
  worker.change("operator", "delete", "/jobs/:id/files", "file.delete"),
  worker.change("operator", "post", "/jobs/:id/files/undo", "file.undo", small),
  worker.read("viewer", "/jobs/:id/files/archive", fileWithin),
];

const repositories = [
  worker.read("viewer", "/jobs/:id/repository"),
  worker.read("viewer", "/jobs/:id/diff", fileWithin),
  worker.change("operator", "post", "/jobs/:id/deliver", "job.deliver", small),
  worker.read("viewer", "/repositories/credentials"),
  worker.change("owner", "put", "/repositories/credentials/:id", "credential.store", small),
  worker.change("owner", "delete", "/repositories/credentials/:id", "credential.delete"),
];

const templates = [
  worker.read("viewer", "/templates"),
  worker.change("operator", "post", "/templates", "template.create", large),
  worker.read("viewer", "/templates/:id"),
  worker.change("operator", "put", "/templates/:id", "template.change", large),
  worker.change("operator", "delete", "/templates/:id", "template.delete"),
];

const schedules = [
  worker.read("viewer", "/schedules"),
  worker.change("operator", "post", "/schedules", "schedule.create", large),
  worker.read("viewer", "/schedules/preview"),
  worker.change("operator", "post", "/schedules/import", "schedule.import", { ...large, answerWithinMs: 60_000 }),
  worker.read("viewer", "/schedules/:id"),
  worker.change("operator", "patch", "/schedules/:id", "schedule.change", large),
  worker.change("operator", "delete", "/schedules/:id", "schedule.delete"),
  worker.read("viewer", "/schedules/:id/next"),
  worker.read("viewer", "/schedules/:id/runs"),
  worker.change("operator", "post", "/schedules/:id/run", "schedule.run", small),
  worker.change("operator", "post", "/schedules/:id/pause", "schedule.pause", small),
  worker.change("operator", "post", "/schedules/:id/resume", "schedule.resume", small),
  worker.read("viewer", "/schedules/:id/channels"),
  worker.change("operator", "put", "/schedules/:id/channels", "schedule.channels", small),
];

const approvals = [
  worker.read("viewer", "/approvals"),
  worker.read("viewer", "/approvals/:id"),
  worker.change("operator", "post", "/approvals/:id/answer", "approval.answer", small),
];

const notices = [
  worker.read("owner", "/notices/signing-secret"),
  worker.read("owner", "/notices/channels"),
  worker.change("owner", "post", "/notices/channels", "channel.create", small),
  worker.read("owner", "/notices/channels/:id"),
  worker.change("owner", "patch", "/notices/channels/:id", "channel.change", small),
  worker.change("owner", "delete", "/notices/channels/:id", "channel.delete"),
  worker.change("owner", "post", "/notices/channels/:id/test", "channel.test", { ...small, answerWithinMs: 60_000 }),
  worker.read("owner", "/notices/deliveries"),
  worker.change("owner", "post", "/notices/deliveries/:id/retry", "delivery.retry", small),
];

const backup = routesOf("backup", "/api/backups", "/backups");
const backups = [
  backup.read("viewer", "", { answerWithinMs: 60_000 }),
  // The answer comes when the snapshot is in the bucket.
  backup.change("operator", "post", "", "backup.create", { ...small, answerWithinMs: 30 * 60_000 }),
];
const saved = routesOf("backup", "/api", "");
const restores = [
  saved.read("viewer", "/tenants/:id/backups", { answerWithinMs: 60_000 }),
  saved.read("viewer", "/restores"),
  saved.read("viewer", "/restores/:id"),
  saved.read("viewer", "/drills"),
  // A whole home is fetched and compared.
  saved.change("operator", "post", "/drills", "drill.run", { ...small, answerWithinMs: 30 * 60_000 }),
];

const gateway = routesOf("gateway", "/api/models", "/admin");
const keyBody = { bodyLimitBytes: 65_536 };
const models = [
  gateway.read("viewer", "/providers"),
  gateway.change("operator", "post", "/providers/:id/reset", "provider.reset", small),
  gateway.read("owner", "/keys"),
  gateway.change("owner", "post", "/keys", "key.create", keyBody),
  gateway.read("owner", "/keys/:id"),
  gateway.change("owner", "patch", "/keys/:id", "key.change", keyBody),
  gateway.change("owner", "delete", "/keys/:id", "key.revoke"),
  gateway.change("owner", "post", "/keys/:id/rotate", "key.rotate", small),
  { ...gateway.read("owner", "/usage"), to: "/admin/usage/report" },
  gateway.read("owner", "/requests"),
  { ...gateway.read("owner", "/requests/:id/body"), action: "request.body-read" },
  gateway.change("owner", "delete", "/requests/:id/body", "request.body-delete"),
];

const manager = routesOf("manager", "/api/tenants", "/tenants");
const within = { ...small, answerWithinMs: 60_000 };
/** What makes, changes or ends somebody's assistant, or shows its token, is the owner's. */
const tenants = [
  manager.read("viewer", ""),
  manager.change("owner", "post", "", "tenant.create", small),
  manager.read("viewer", "/:id"),
  manager.change("owner", "patch", "/:id", "tenant.change", small),
  manager.change("owner", "delete", "/:id", "tenant.remove"),
  manager.change("owner", "post", "/:id/keep", "tenant.keep", small),
  manager.change("owner", "post", "/:id/image", "tenant.image", small),
  manager.change("owner", "post", "/:id/token", "tenant.token", small),
  manager.change("owner", "post", "/:id/restore", "tenant.restore", within),
  manager.change("operator", "post", "/:id/start", "tenant.start", within),
  manager.change("operator", "post", "/:id/wake", "tenant.wake", within),
  manager.change("operator", "post", "/:id/stop", "tenant.stop", small),
  manager.change("operator", "post", "/:id/restart", "tenant.restart", small),
  manager.change("operator", "post", "/:id/hibernate", "tenant.hibernate", small),
  manager.change("operator", "post", "/:id/backup", "tenant.backup", { ...small, answerWithinMs: 30 * 60_000 }),
  manager.read("viewer", "/:id/events"),
  // What an assistant wrote may quote what a person told it.
  manager.read("operator", "/:id/logs"),
  manager.read("operator", "/:id/diagnostics"),
  manager.read("viewer", "/:id/usage", { answerWithinMs: 20_000 }),
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
  ...restores,
  ...tenants,
  ...models,
];

export const idPattern = /^[\w-]{1,100}$/;
