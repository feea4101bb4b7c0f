import type { RouteDescription } from "@freehold/kernel/openapi";
import { plainBody, plainQuery, plainRestoreBody } from "../tenants/tenant-request.ts";
import { backing, changing } from "./route-errors.ts";
import { backupAnswer, newTenantAnswer, tenantAnswer } from "./tenant-answers.ts";

const tag = "Plain routes for scripts";
const tenant = { description: "The tenant", body: tenantAnswer };
const made = { body: newTenantAnswer };

export const plainDescriptions: readonly RouteDescription[] = [
  {
    method: "post",
    path: "/provision",
    operation: "provision",
    summary: "Make a tenant",
    tag,
    body: plainBody,
    answers: { 201: { ...made, description: "Made" }, 200: { ...made, description: "It was there" } },
    errors: ["tenant.exists", "tenant.unknown", "tenant.too-large", "tenant.no-subnet"],
  },
  {
    method: "delete",
    path: "/deprovision",
    operation: "deprovision",
    summary: "Remove a tenant in a week",
    tag,
    body: plainBody,
    answers: { 200: tenant },
    errors: changing,
  },
  { method: "post", path: "/restart", operation: "restart", summary: "Restart a tenant", tag, body: plainBody, answers: { 200: tenant }, errors: changing },
  {
    method: "get",
    path: "/status",
    operation: "status",
    summary: "Show a tenant",
    tag,
    query: plainQuery,
    answers: { 200: tenant },
    errors: ["tenant.unknown"],
  },
  {
    method: "post",
    path: "/backup",
    operation: "backup",
    summary: "Back a tenant up now",
    tag,
    body: plainBody,
    answers: { 201: { description: "What the backup service says", body: backupAnswer } },
    errors: ["tenant.unknown", ...backing],
  },
  {
    method: "post",
    path: "/restore",
    operation: "restore",
    summary: "Bring a tenant back as it was on a date",
    tag,
    body: plainRestoreBody,
    answers: { 202: { description: "What the backup service says", body: backupAnswer } },
    errors: [...changing, ...backing],
  },
];
