import { z } from "zod";
import { plainText, variable } from "./container-request.ts";

/** The body of `POST /tasks`: one command in a container of its own, which is gone when the answer comes. Units: milliseconds. */
export const taskRequest = z
  .strictObject({
    jobId: z.uuid(),
    argv: z.array(plainText(32_768)).min(1).max(50),
    env: z.record(variable, plainText(32_768)).default({}),
    /** How the container sees the job's workspace, at /workspace. */
    workspace: z.enum(["none", "read-only", "read-write"]).default("none"),
    /** A mirror of a repository, at /mirror. */
    mirror: z.strictObject({ name: z.string().regex(/^[0-9a-f]{64}$/, "must be 64 hexadecimal digits"), readOnly: z.boolean() }).optional(),
    /** Whether the container has a way out. */
    network: z.boolean().default(false),
    timeoutMs: z
      .int()
      .min(1_000)
      .max(60 * 60_000),
  })
  // What a job wrote can hold programs that git would run; together with a way out, and what is given to go that way, they could do harm.
  .refine(({ workspace, network }) => workspace === "none" || !network, { path: ["network"], message: "is not possible together with a workspace" });

export type TaskRequest = z.output<typeof taskRequest>;
