import type { z } from "zod";

/** A field that may be absent or null, as most of Anthropic's may; null reads as absent. */
export const maybe = <S extends z.ZodType>(schema: S) =>
  schema
    .nullish()
    .transform((value) => value ?? undefined)
    .optional();
