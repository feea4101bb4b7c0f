import { join } from "node:path";
import { steadyClock, systemClock } from "@freehold/kernel/clock";
import { closeServer, listen } from "@freehold/kernel/http";
import type { Closer } from "@freehold/kernel/lifecycle";
import type { Log } from "@freehold/kernel/log";
import { createMetrics } from "@freehold/kernel/metrics";
import { createPool, migrate, type Pool } from "@freehold/kernel/postgres";
import { prepare } from "@freehold/kernel/preparation";
import type { Secret } from "@freehold/kernel/secret";
import { createSealer } from "@freehold/kernel/sealing";
import { createServiceClient } from "@freehold/kernel/service-client";
import { createWorkerApp } from "./app.ts";
import { Changes } from "./changes.ts";
import { createGatewayClient } from "./clients/gateway.ts";
import { createManagerClient, type Manager } from "./clients/manager.ts";
import type { Settings } from "./config.ts";
import { createFileSweeper } from "./files/file-sweeper.ts";
import { logPath } from "./files/job-folders.ts";
import { LogFollower } from "./logs/log-follower.ts";
import { Deliverer } from "./notices/deliverer.ts";
import { noticeKeysOf } from "./notices/notice-keys.ts";
import { createOutbound } from "./outbound/outbound.ts";
import { createQueue, type Queue } from "./queue.ts";
import { DeliveryLoop } from "./repositories/delivery-loop.ts";
import { Repositories } from "./repositories/repositories.ts";
import { Dispatcher } from "./run/dispatcher.ts";
import type { RunLimits } from "./run/run.ts";
import { createSchedulerMetrics, Scheduler } from "./schedules/scheduler.ts";
import { ensureSlots } from "./store/claim.ts";
import { stateOfEnded } from "./store/jobs.ts";
import { seedTemplates } from "./templates/template-store.ts";
import { createWorkerMetrics } from "./worker-metrics.ts";

/**
 * Starts the worker: the API answers at once, `/health/ready` as soon as the database is prepared, and then jobs are run.
 * Returns the port. `onClose` takes what ends it, in the order of starting.
 */
export async function startWorker(settings: Settings, log: Log, onClose: (closer: Closer) => void): Promise<{ port: number }> {
  const registry = createMetrics({ processMetrics: true });
  const database = { url: settings.DATABASE_URL, password: settings.DATABASE_PASSWORD, log };
  const pool = createPool({ ...database, max: 20, applicationName: `worker ${settings.WORKER_NAME}` });
  onClose(() => pool.end());
  const queuePool = createPool({ ...database, max: 2, applicationName: `queue of worker ${settings.WORKER_NAME}` });
  onClose(() => queuePool.end());
  const queue = createQueue(queuePool, log);
  const client = (service: "manager" | "gateway", baseUrl: string, token: Secret) =>
    createServiceClient({ caller: "worker", service, baseUrl, token, metrics: registry });
  const manager = createManagerClient(client("manager", settings.MANAGER_URL, settings.MANAGER_TOKEN));
  const gateway = createGatewayClient(client("gateway", settings.GATEWAY_URL, settings.GATEWAY_ADMIN_TOKEN));
  const changes = new Changes();
  const metrics = createWorkerMetrics(registry, { pool, jobsDir: settings.JOBS_DIR, clock: systemClock, active: () => dispatcher.activeCount });
  const work = createRepositoryWork(settings, { pool, manager, log });
  const shared = { pool, queue, manager, gateway, changes, clock: systemClock, steady: steadyClock, log, ...work };
  const dispatcher: Dispatcher = new Dispatcher(
    { ...shared, jobsDir: settings.JOBS_DIR, worker: settings.WORKER_NAME, limits: limitsOf(settings), onClosed: metrics.attemptEnded },
    { slots: settings.JOB_SLOTS, pollMs: settings.POLL_MS, sweepMs: settings.SWEEP_MS },
  );
  const scheduler = new Scheduler(
    { pool, queue, clock: systemClock, log, metrics: createSchedulerMetrics(registry), worker: settings.WORKER_NAME, wake: () => dispatcher.wake() },
    { pollMs: settings.SCHEDULE_POLL_MS, graceMs: settings.SCHEDULE_GRACE_MS, jobTimeoutMs: settings.JOB_TIMEOUT_MS },
  );
  const fileSweeper = createFileSweeper({ ...shared, jobsDir: settings.JOBS_DIR }, keepingOf(settings));
  const sender = senderOf(settings);
  const deliverer = new Deliverer({ ...sender, pool, log, random: Math.random, metrics: registry }, delivererSettings(settings));
  const follower = createFollower(settings, pool, changes, log);
  const preparation = prepareWorker(settings, shared);
  const app = createWorkerApp({
    ...shared,
    settings,
    follower,
    sender,
    scheduler,
    metrics,
    prepared: preparation.check,
    wake: () => dispatcher.wake(),
    cancel: (jobId) => dispatcher.cancel(jobId),
    clearDeleted: () => dispatcher.clearDeleted(),
  });
  const { server, port } = await listen(app, settings.PORT, settings.HOST);
  onClose(() => closeServer(server, 3_000));
  onClose(() => queue.stop());
  const loops = [dispatcher, scheduler, fileSweeper, deliverer, work.deliveries];
  for (const loop of loops) onClose(() => loop.stop());
  onClose(() => preparation.giveUp());
  void preparation.done.then(() => {
    for (const loop of loops) loop.start();
  });
  return { port };
}

const senderOf = (settings: Settings) => ({
  outbound: createOutbound(settings.NOTICE_ALLOWED_HOSTS, systemClock),
  keys: noticeKeysOf(settings.SECRETS_KEY),
  clock: systemClock,
  consoleOrigin: settings.CONSOLE_ORIGIN ?? null,
});

const delivererSettings = (settings: Settings) => ({
  worker: settings.WORKER_NAME,
  attempts: settings.NOTICE_ATTEMPTS,
  firstDelayMs: settings.NOTICE_RETRY_MS,
  pollMs: settings.NOTICE_POLL_MS,
  keepDays: settings.NOTICE_KEEP_DAYS,
});

const limitsOf = (settings: Settings): RunLimits => ({
  stallMs: settings.JOB_STALL_MS,
  exitGraceMs: settings.JOB_EXIT_GRACE_MS,
  stopGraceMs: settings.JOB_STOP_GRACE_MS,
  startTimeoutMs: settings.JOB_START_TIMEOUT_MS,
  logLimitBytes: settings.JOB_LOG_LIMIT_MB * 1_048_576,
  retryDelayMs: settings.RETRY_DELAY_MS,
  limitWaitMs: settings.LIMIT_WAIT_MS,
  approvalTimeoutMs: settings.APPROVAL_TIMEOUT_MS,
  leaseMs: settings.LEASE_MS,
});

const dayMs = 86_400_000;
const keepingOf = (settings: Settings) => ({
  everyMs: settings.SWEEP_MS,
  trashKeptMs: settings.TRASH_DAYS * dayMs,
  uploadKeptMs: (settings.UPLOAD_KEEP_HOURS * dayMs) / 24,
  mirrorKeptMs: settings.MIRROR_DAYS * dayMs,
});

function createRepositoryWork(settings: Settings, { pool, manager, log }: { pool: Pool; manager: Manager; log: Log }) {
  const sealer = createSealer(settings.SECRETS_KEY);
  const repositories = new Repositories({ pool, manager, sealer, jobsDir: settings.JOBS_DIR });
  return { sealer, repositories, deliveries: new DeliveryLoop({ pool, log, repositories }, settings.POLL_MS) };
}

function createFollower(settings: Settings, pool: Pool, changes: Changes, log: Log): LogFollower {
  return new LogFollower({
    changes,
    endOf: (jobId, attempt) => stateOfEnded(pool, jobId, attempt),
    pathOf: (jobId, attempt) => logPath(settings.JOBS_DIR, jobId, attempt),
    onError: (error) => log.warn("log.look-failed", { error }),
  });
}

const prepareWorker = (settings: Settings, { pool, queue, log }: { pool: Pool; queue: Queue; log: Log }) =>
  prepare({ service: "worker", area: "worker", log }, async () => {
    await migrate(pool, join(import.meta.dirname, "../migrations"));
    await seedTemplates(pool);
    await ensureSlots(pool, settings.JOB_SLOTS);
    await queue.start();
  });
