import { AppError, messageOf } from "@freehold/kernel/errors";
import { parse } from "yaml";
import { z } from "zod";
import { objectionTo, providerEntry } from "./provider-entry.ts";

/** The gateway's configuration document, for what does not fit into single settings. Shape: YAML, which includes JSON. */
const gatewayDocument = z.strictObject({
  providers: z
    .array(
      providerEntry.superRefine((entry, context) => {
        const objection = objectionTo(entry);
        if (objection !== undefined) context.addIssue({ code: "custom", message: objection });
      }),
    )
    .min(1)
    .refine((entries) => new Set(entries.map((entry) => entry.name)).size === entries.length, "each provider needs a name of its own")
    .optional(),
  failover: z
    .strictObject({
      passOverloaded: z
        .boolean()
        .default(false)
        .describe("pass a provider's 529 and overloaded_error on, for clients with `--fallback-model`; other clients give up after three of them"),
    })
    .prefault({}),
});
export type GatewayDocument = z.output<typeof gatewayDocument>;

/** Parses the document; an empty one has all defaults. Throws: AppError `config.invalid`, naming each bad field. */
export function parseDocument(text: string): GatewayDocument {
  let raw: unknown;
  try {
    raw = parse(text);
  } catch (cause) {
    throw new AppError("config.invalid", `The configuration document is neither YAML nor JSON: ${messageOf(cause)}`, { cause });
  }
  const parsed = gatewayDocument.safeParse(raw ?? {});
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${issue.path.join(".") || "the document"}: ${issue.message}`);
  throw new AppError("config.invalid", `The configuration document is refused. ${problems.join("; ")}. The gateway's README describes it.`);
}
