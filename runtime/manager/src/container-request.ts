import { createHash } from "node:crypto";
import { z } from "zod";

export const plainText = (max: number) =>
  z
    .string()
    .max(max)
    .refine((value) => !value.includes("\0"), "holds a NUL character");

/** What the manager itself decides for every container, so that no caller can. */
export const reservedVariables = ["PATH", "HOME", "CLAUDE_CONFIG_DIR", "ANTHROPIC_BASE_URL"] as const;

export const variable = z
  .string()
  .regex(/^[A-Z_][A-Z0-9_]{0,99}$/, "must be upper-case letters, digits and underscores")
  .refine((name) => !(reservedVariables as readonly string[]).includes(name), { error: "is set by the manager" });

export const containerName = z.string().regex(/^job-[a-z0-9-]{1,60}$/, "must match job-[a-z0-9-]{1,60}");

/** The body of `PUT /containers/:name`. */
export const containerRequest = z.strictObject({
  jobId: z.uuid(),
  attempt: z.int().min(1).max(1_000),
  slot: z.int().min(1),
  argv: z.array(plainText(32_768)).min(1).max(200),
  env: z.record(variable, plainText(32_768)),
  /** Folders of the job that the container sees beside its own, read-only. */
  mounts: z
    .array(z.enum(["data", "instructions"]))
    .max(2)
    .refine((names) => new Set(names).size === names.length, "names one twice")
    .default([]),
});

export type ContainerRequest = z.output<typeof containerRequest>;

/** Equal for equal requests whatever the order of their fields: what tells a repeated PUT from a different one. */
export function digestOf({ jobId, attempt, slot, argv, env, mounts }: ContainerRequest): string {
  const canonical = [
    jobId,
    attempt,
    slot,
    argv,
    Object.entries(env).toSorted(([left], [right]) => (left < right ? -1 : 1)),
    ...(mounts.length === 0 ? [] : [mounts.toSorted()]),
  ];
  return createHash("sha256").update(JSON.stringify(canonical)).digest("hex");
}
