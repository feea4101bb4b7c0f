import { hash } from "node:crypto";
import type { Call } from "../call.ts";

/** Fields that say who asks and not what: the answer does not depend on them. */
const notAsked = new Set(["metadata"]);
/** Headers that change the answer; the value of the first is a set. */
const askedHeaders = ["anthropic-beta", "anthropic-version"];

/**
 * What makes two requests the same: whose they are, the path, the headers that change the answer, and each field of the body but `metadata`. Fields may come in
 * another order; within a field every byte counts, since the order of a tool's properties, say, is part of what a model reads. Undefined for a body whose fields
 * can't be told for certain.
 */
export function requestKey({ key, path, rawHeaders, body, fields }: Call): string | undefined {
  const { members } = fields;
  if (members === undefined) return undefined;
  const parts: Buffer[] = [Buffer.from(JSON.stringify([key.rules?.providers ?? null, path, ...askedHeaders.map((name) => headerSet(rawHeaders, name))]))];
  for (const { name, start, end } of members.toSorted(byName)) {
    if (notAsked.has(name)) continue;
    parts.push(Buffer.from(`\n${JSON.stringify(name)}${end - start}:`), body.subarray(start, end));
  }
  // Nobody can ask for another tenant's answers, whatever its request is.
  return `${scopeOf(key)} ${hash("sha256", Buffer.concat(parts), "base64")}`;
}

const scopeOf = ({ id, tenant }: Call["key"]): string => (tenant === undefined ? `key:${id}` : `tenant:${tenant}`);

const byName = (one: { name: string }, other: { name: string }): number => (one.name < other.name ? -1 : one.name > other.name ? 1 : 0);

function headerSet(rawHeaders: readonly string[], name: string): string[] {
  const values = new Set<string>();
  for (let index = 0; index + 1 < rawHeaders.length; index += 2)
    if ((rawHeaders[index] as string).toLowerCase() === name) for (const value of (rawHeaders[index + 1] as string).split(",")) values.add(value.trim());
  return [...values].toSorted();
}
