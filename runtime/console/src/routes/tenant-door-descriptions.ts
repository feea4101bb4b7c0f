import { z } from "zod";
import { enterTenantInput } from "../inputs.ts";
import type { OwnDescription } from "./own-description.ts";

export const tenantDoorDescriptions = {
  enterTenant: {
    summary: "Let a browser into a tenant",
    description: "What the console's page does when a tenant's host sent somebody to sign in. Programs send the tenant's own token to its host instead.",
    tag: "Tenants",
    body: enterTenantInput,
    answers: { 201: { description: "Where to go on: good for half a minute, once, in the browser that asked", body: z.object({ url: z.url() }) } },
    errors: ["tenant.not-for-you", "upstream.away", "upstream.broken", "upstream.late", "upstream.refused-token"],
  },
} satisfies Record<string, OwnDescription>;
