import {
  desires,
  type Finding,
  findingSeverities,
  type ListedEvent,
  type ModelUsage,
  type Tenant,
  tenantStates,
  type TenantUsage,
} from "@freehold/kernel/api/tenant";
import { z } from "zod";
import type { Door } from "../tenants/doors.ts";
import type { DrillResult } from "../tenants/drills.ts";
import type { Frozen } from "../tenants/freezer.ts";

const time = z.iso.datetime();

const fields = {
  id: z.string(),
  name: z.string(),
  people: z.array(z.string()),
  domains: z.array(z.string()),
  state: z.enum(tenantStates),
  desired: z.enum(desires),
  image: z.string(),
  generation: z.int(),
  memoryMb: z.int(),
  cpus: z.number(),
  diskMb: z.int(),
  internet: z.boolean(),
  idleMinutes: z.int(),
  budget: z.object({ dailyUsd: z.number().nullable(), monthlyUsd: z.number().nullable() }),
  usage: z.object({ memoryMb: z.number(), cpuPercent: z.number(), diskMb: z.number() }).nullable(),
  lastActiveAt: time.nullable(),
  createdAt: time,
  readyAt: time.nullable(),
  removeAt: time.nullable(),
  lastBackupAt: time.nullable(),
  problem: z.object({ code: z.string(), message: z.string() }).nullable(),
};

export const tenantAnswer: z.ZodType<Tenant> = z.object(fields).meta({ id: "Tenant" });
/** With the token, which is shown only once. */
export const newTenantAnswer: z.ZodType<Tenant & { token?: string | undefined }> = z
  .object({ ...fields, token: z.string().optional() })
  .meta({ id: "NewTenant" });
export const tenantList = z.object({ tenants: z.array(tenantAnswer), nextCursor: z.string().nullable() });

const event: z.ZodType<ListedEvent> = z
  .object({ id: z.int(), at: time, actor: z.string(), kind: z.string(), detail: z.record(z.string(), z.unknown()) })
  .meta({ id: "TenantEvent" });
export const eventList = z.object({ events: z.array(event), nextBefore: z.int().nullable() });

const finding: z.ZodType<Finding> = z
  .object({ severity: z.enum(findingSeverities), code: z.string(), what: z.string(), cure: z.string() })
  .meta({ id: "Finding" });
export const findingList = z.object({ findings: z.array(finding) });

const modelUsage: z.ZodType<ModelUsage> = z
  .object({
    requests: z.number(),
    inputTokens: z.number(),
    outputTokens: z.number(),
    cacheReadTokens: z.number(),
    cacheWriteTokens: z.number(),
    costUsd: z.number(),
  })
  .meta({ id: "TenantModelUsage" });
export const usageAnswer: z.ZodType<TenantUsage> = z
  .object({
    memoryMb: z.number(),
    memoryLimitMb: z.number(),
    cpuPercent: z.number(),
    cpuLimitPercent: z.number(),
    pids: z.number(),
    diskMb: z.number().nullable(),
    diskLimitMb: z.number(),
    models: z.object({ today: modelUsage, month: modelUsage }).nullable(),
  })
  .meta({ id: "TenantUsage" });

export const doorAnswer: z.ZodType<Door> = z
  .object({ id: z.string(), state: z.enum(tenantStates), upstream: z.string(), people: z.array(z.string()), tokenHash: z.string() })
  .meta({ id: "Door" });
export const drillAnswer: z.ZodType<DrillResult> = z.object({ ready: z.boolean(), problem: z.string().nullable(), ms: z.number() });
export const stateAnswer = z.object({ state: z.enum(tenantStates) });
export const frozenAnswer: z.ZodType<Frozen> = z.object({ lease: z.string(), frozen: z.boolean(), pausedAt: time }).meta({ id: "Frozen" });
/** What the backup service says. */
export const backupAnswer = z.looseObject({});
