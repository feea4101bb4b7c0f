import type { z } from "zod";
import { fault, type BridgeError } from "../errors.ts";

/** What a translation notes beside its result. */
export interface Notes {
  /** Fields that have no effect at Gemini and whose loss changes no answer's meaning; callers get them as a header. */
  ignored: Set<string>;
  /** Whether a field that the bridge doesn't know refuses the request, or is left out and noted. */
  unknownFields: "refuse" | "ignore";
}

export const createNotes = (unknownFields: Notes["unknownFields"] = "refuse"): Notes => ({ ignored: new Set(), unknownFields });

/** A refusal that names the field, so that the caller can do without it. */
export const untranslatable = (path: string, why: string): BridgeError => fault("request.untranslatable", `${path}: ${why}`);

export const invalid = (path: string, why: string): BridgeError => fault("request.invalid", `${path}: ${why}`);

/**
 * Parses one object of a request and looks after the fields that its schema doesn't list.
 * Throws: `request.invalid` that names the first bad field, in Anthropic's wording for unknown ones, which clients match to do without.
 */
export function read<S extends z.ZodObject>(schema: S, value: unknown, path: string, notes: Notes): z.output<S> {
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw invalid(join(path, ...(issue?.path ?? [])), issue?.message ?? "invalid value");
  }
  for (const [name, given] of Object.entries(value as object)) {
    if (name in schema.shape || given === null || given === undefined) continue;
    if (notes.unknownFields === "refuse") throw fault("request.untranslatable", `${join(path, name)}: Extra inputs are not permitted`);
    notes.ignored.add(name);
  }
  return parsed.data;
}

export const join = (...path: PropertyKey[]): string =>
  path
    .map(String)
    .filter((step) => step !== "")
    .join(".");
