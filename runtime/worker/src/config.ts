import { list, port, secret } from "@freehold/kernel/config";
import { z } from "zod";

const duration = (standardMs: number) => z.coerce.number().int().min(10).default(standardMs);

/** The worker's settings; its README has the same table. Units: names end in them. */
export const settings = z.object({
  PORT: port(4040),
  HOST: z.string().min(1).default("0.0.0.0"),
  DATABASE_URL: z.string().startsWith("postgres", "must begin with postgres://"),
  DATABASE_PASSWORD: secret().optional(),
  WORKER_TOKEN: secret(),
  WORKER_NAME: z.string().min(1).max(100),
  SECRETS_KEY: secret(),
  MANAGER_URL: z.url().default("http://manager:4030"),
  MANAGER_TOKEN: secret(),
  GATEWAY_URL: z.url().default("http://gateway:4010"),
  GATEWAY_ADMIN_TOKEN: secret(),
  JOBS_DIR: z.string().startsWith("/", "must be an absolute path").default("/jobs"),
  JOB_SLOTS: z.coerce.number().int().min(1).max(100).default(3),
  JOB_TIMEOUT_MS: duration(3_600_000),
  JOB_STALL_MS: duration(900_000),
  JOB_EXIT_GRACE_MS: duration(10_000),
  JOB_STOP_GRACE_MS: duration(2_000),
  JOB_START_TIMEOUT_MS: duration(300_000),
  JOB_LOG_LIMIT_MB: z.coerce.number().positive().default(512),
  FILE_LIMIT_MB: z.coerce.number().positive().max(1_024).default(1_024),
  UPLOAD_KEEP_HOURS: z.coerce.number().positive().default(24),
  MIRROR_DAYS: z.coerce.number().positive().default(30),
  TRASH_DAYS: z.coerce.number().positive().default(7),
  RETRY_DELAY_MS: duration(5_000),
  LIMIT_WAIT_MS: duration(1_800_000),
  LEASE_MS: duration(15_000),
  POLL_MS: duration(1_000),
  SWEEP_MS: duration(15_000),
  SCHEDULE_POLL_MS: duration(500),
  SCHEDULE_GRACE_MS: duration(300_000),
  APPROVAL_TIMEOUT_MS: duration(600_000),
  CONSOLE_ORIGIN: z
    .url({ protocol: /^https?$/ })
    .transform((url) => new URL(url).origin)
    .optional(),
  NOTICE_ALLOWED_HOSTS: list().default([]),
  NOTICE_ATTEMPTS: z.coerce.number().int().min(1).max(20).default(8),
  NOTICE_RETRY_MS: duration(10_000),
  NOTICE_POLL_MS: duration(1_000),
  NOTICE_KEEP_DAYS: z.coerce.number().int().min(1).default(30),
});

export type Settings = z.output<typeof settings>;
