import { z } from "zod";
import { restoreIdPattern } from "./restore-journal.ts";
import { tenantId } from "./tenant-id.ts";

export const tenantParams = z.object({ id: tenantId });
export const restoreParams = z.object({ id: z.string().regex(restoreIdPattern, "is no restore's id") });

/** A date means until its end, in UTC. */
const moment = z.union([z.iso.date(), z.iso.datetime({ offset: true })], {
  error: "must be a date, 2026-02-08, or a time with its offset, 2026-02-08T15:00:00Z",
});

export const restoreBody = z
  .strictObject({
    at: moment.optional(),
    snapshot: z
      .string()
      .regex(/^[0-9a-f]{8,64}$/, "must be a snapshot's id, 8 to 64 digits of it")
      .optional(),
    into: tenantId.optional(),
  })
  .refine(({ at, snapshot }) => at === undefined || snapshot === undefined, { path: ["snapshot"], message: "is not possible together with at" });
