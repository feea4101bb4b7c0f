import type { z } from "zod";
import { invalid, untranslatable } from "./fault.ts";

/** A field that may be absent or null; null reads as absent. */
export const maybe = <S extends z.ZodType>(schema: S) =>
  schema
    .nullish()
    .transform((value) => value ?? undefined)
    .optional();

export type Fields = Record<string, unknown>;

export const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null && !Array.isArray(value);

const isEmpty = (value: unknown): boolean => value === null || value === undefined || (Array.isArray(value) && value.length === 0);

/**
 * Reads one object of a request and refuses fields that its schema doesn't list, since they would be lost.
 * Throws: TranslationFault that names the field; the wording for unknown ones is Anthropic's, which clients match to do without.
 */
export function read<S extends z.ZodObject>(schema: S, value: unknown, path: string): z.output<S> {
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw invalid(join(path, ...(issue?.path ?? [])), issue?.message ?? "invalid value");
  }
  for (const [name, given] of Object.entries(value as object))
    if (!Object.hasOwn(schema.shape, name) && !isEmpty(given)) throw untranslatable(join(path, name), "Extra inputs are not permitted");
  return parsed.data;
}

export const join = (...path: PropertyKey[]): string =>
  path
    .map(String)
    .filter((step) => step !== "")
    .join(".") || "body";

/** The `type` of a content part, for a message that names it. */
export const typeOf = (part: unknown): string => (isFields(part) && typeof part["type"] === "string" ? part["type"].slice(0, 60) : typeof part);

export const textOf = (value: unknown): string => (typeof value === "string" ? value : "");

export const countOf = (value: unknown): number => (typeof value === "number" && Number.isFinite(value) && value > 0 ? Math.round(value) : 0);

/** Deeper bodies exist to exhaust the stack of whoever writes them out again. Units: levels. */
const mostLevels = 400;

/** Whether a value nests deeper than any request does; found without recursion. */
export function isTooDeep(whole: unknown): boolean {
  const left: { value: unknown; depth: number }[] = [{ value: whole, depth: 0 }];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    const { value, depth } = next;
    if (typeof value !== "object" || value === null) continue;
    if (depth >= mostLevels) return true;
    for (const each of Object.values(value)) left.push({ value: each, depth: depth + 1 });
  }
  return false;
}

/** An object without those of its fields that are undefined. */
export function compact<T extends object>(given: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as T;
}
