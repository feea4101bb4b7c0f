import { renderOpenApi, type OpenApiDocument, type RouteDescription } from "@freehold/kernel/openapi";
import { z } from "zod";
import { errorCodes } from "../errors.ts";
import type { Snapshot } from "../restic-output.ts";
import { drillSchema } from "../tenants/drill.ts";
import { restoreSchema } from "../tenants/restore-journal.ts";
import { restoreBody, restoreParams, tenantParams } from "../tenants/tenant-request.ts";
import { snapshotQuery } from "./snapshot-query.ts";

const snapshot: z.ZodType<Snapshot> = z
  .object({
    id: z.string(),
    target: z.string(),
    createdAt: z.iso.datetime(),
    sizeBytes: z.number(),
    addedBytes: z.number(),
    files: z.number(),
    durationMs: z.number(),
    databases: z.array(z.string()),
    tenants: z.array(z.object({ id: z.string(), pauseMs: z.number(), files: z.number(), sizeBytes: z.number() })),
    pauseMs: z.number(),
  })
  .meta({ id: "Snapshot" });
const lastError = z.object({ code: z.string(), message: z.string(), at: z.iso.datetime() }).nullable();
const budgetLine = z.object({
  what: z.enum(["storageBytes", "requests", "classA", "classB"]),
  limit: z.number(),
  used: z.number(),
  forecast: z.number(),
});
const target = z
  .object({
    name: z.string(),
    repository: z.string(),
    schedule: z.string(),
    nextRunAt: z.iso.datetime().nullable(),
    running: z.boolean(),
    lastError,
    prunes: z.boolean(),
    budget: z.array(budgetLine),
  })
  .meta({ id: "BackupTarget" });
const tenantBackup = z
  .object({ snapshot: z.string(), target: z.string(), createdAt: z.iso.datetime(), pauseMs: z.number(), files: z.number(), sizeBytes: z.number() })
  .meta({ id: "TenantBackup" });

export const descriptions: readonly RouteDescription[] = [
  {
    method: "post",
    path: "/backups",
    operation: "createBackup",
    summary: "Take a snapshot now",
    description: "The answer comes when the snapshot is in the bucket.",
    tag: "Backups",
    query: snapshotQuery,
    answers: { 201: { description: "The snapshot", body: snapshot } },
  },
  {
    method: "get",
    path: "/backups",
    operation: "listBackups",
    summary: "List the snapshots in all targets, newest first",
    tag: "Backups",
    answers: {
      200: {
        description: "The snapshots, and how the service and each target fare",
        body: z.object({ snapshots: z.array(snapshot), lastError, running: z.boolean(), nextRunAt: z.iso.datetime().nullable(), targets: z.array(target) }),
      },
    },
  },
  {
    method: "get",
    path: "/tenants/:id/backups",
    operation: "listTenantBackups",
    summary: "List the snapshots that hold a tenant, newest first",
    tag: "Backups",
    params: tenantParams,
    answers: { 200: { description: "The tenant's home in each of them", body: z.object({ backups: z.array(tenantBackup) }) } },
  },
  {
    method: "post",
    path: "/tenants/:id/backups",
    operation: "createTenantBackup",
    summary: "Take a snapshot that holds a tenant now",
    description: "It holds the rest of the home, too: one run costs the bucket no more. The answer comes when it is in the bucket.",
    tag: "Backups",
    params: tenantParams,
    answers: { 201: { description: "The tenant's home in it", body: tenantBackup } },
  },
  {
    method: "post",
    path: "/tenants/:id/restores",
    operation: "restoreTenant",
    summary: "Bring a tenant back to a date or to a snapshot, into itself or into another tenant",
    description:
      "The newest snapshot at or before `at`, where a date means until its end in UTC. It is fetched beside the home and checked before anything changes.",
    tag: "Backups",
    params: tenantParams,
    body: restoreBody,
    answers: { 202: { description: "It is written down and begun", body: restoreSchema } },
  },
  {
    method: "get",
    path: "/restores",
    operation: "listTenantRestores",
    summary: "List the restores of tenants of the last week, newest first",
    tag: "Backups",
    answers: { 200: { description: "Each with its state", body: z.object({ restores: z.array(restoreSchema) }) } },
  },
  {
    method: "get",
    path: "/restores/:id",
    operation: "getTenantRestore",
    summary: "How a restore fares",
    tag: "Backups",
    params: restoreParams,
    answers: { 200: { description: "Its state; `verified` is what was compared", body: restoreSchema } },
  },
  {
    method: "get",
    path: "/drills",
    operation: "getRestoreDrill",
    summary: "What the last rehearsed restore found",
    tag: "Backups",
    answers: { 200: { description: "The last result; null before the first", body: z.object({ last: drillSchema.nullable() }) } },
  },
  {
    method: "post",
    path: "/drills",
    operation: "runRestoreDrill",
    summary: "Rehearse a restore now",
    description: "It is done by itself once a week. The answer comes when it is over.",
    tag: "Backups",
    answers: { 201: { description: "What was found", body: drillSchema } },
  },
];

/** Every route asks restic, which may fail in any of the ways that the table names. */
export const openApiDocument = (): OpenApiDocument =>
  renderOpenApi({
    title: "Backup",
    description: "Snapshots of the home.",
    routes: descriptions,
    errors: errorCodes,
    everywhere: Object.keys(errorCodes),
  });
