import type { RouteDescription } from "@freehold/kernel/openapi";
import { z } from "zod";
import { backedUpBody, freezeBody, restoredBody, tenantParams, thawBody } from "../tenants/tenant-request.ts";
import { known, changing } from "./route-errors.ts";
import { drillAnswer, frozenAnswer, tenantAnswer } from "./tenant-answers.ts";

const params = tenantParams;
const forBackups = "Backups of tenants";

export const leaseDescriptions: readonly RouteDescription[] = [
  {
    method: "post",
    path: "/tenants/:id/freeze",
    operation: "freezeTenant",
    summary: "Pause a tenant for a moment",
    description: "It goes on by itself when the lease runs out.",
    tag: forBackups,
    params,
    body: freezeBody,
    answers: { 200: { description: "The lease", body: frozenAnswer } },
    errors: [...known, "tenant.busy", "tenant.leased", "tenant.not-running", "lease.over", "manager.not-leading"],
  },
  {
    method: "post",
    path: "/tenants/:id/thaw",
    operation: "thawTenant",
    summary: "Let a paused tenant go on",
    tag: forBackups,
    params,
    body: thawBody,
    answers: { 200: { description: "For how long it was paused", body: z.object({ pausedMs: z.number() }) } },
    errors: ["lease.over", "tenant.not-running"],
  },
  {
    method: "post",
    path: "/tenants/:id/restored",
    operation: "takeRestoredHome",
    summary: "Put a restored home in its place",
    description: "Answers when that is done, or after half a minute with the state that it is in.",
    tag: forBackups,
    params,
    body: restoredBody,
    answers: { 200: { description: "The tenant", body: tenantAnswer } },
    errors: changing,
  },
  {
    method: "post",
    path: "/tenants/:id/backed-up",
    operation: "noteTenantBackup",
    summary: "Say when a tenant was last backed up",
    tag: forBackups,
    params,
    body: backedUpBody,
    answers: { 204: { description: "Noted" } },
    errors: known,
  },
];

export const drillDescriptions: readonly RouteDescription[] = [
  {
    method: "post",
    path: "/drills",
    operation: "drillRestore",
    summary: "Start a restored home once, to prove that it can be",
    description: "In a tenant of its own without a way to the Internet or a model, which is gone afterwards, as the folder is.",
    tag: forBackups,
    body: restoredBody,
    answers: { 200: { description: "How it started", body: drillAnswer } },
    errors: ["tenant.no-subnet", "tenant.too-large", "tenant.busy", "tenant.unknown", "tenant.removing"],
  },
];
