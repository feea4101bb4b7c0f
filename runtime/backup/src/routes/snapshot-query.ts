import { z } from "zod";

/** Which target gets the snapshot; the main one unless given. */
export const snapshotQuery = z.object({
  target: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,20}$/, "is no target's name")
    .optional(),
});
