import { createHash } from "node:crypto";
import type { Call } from "../call.ts";
import type { PartDigests } from "./part-digests.ts";

/** Fields that say who asks and not what: the answer does not depend on them. */
const notAsked = new Set(["metadata"]);
/** Headers that change the answer; the value of the first is a set. */
const askedHeaders = ["anthropic-beta", "anthropic-version"];
/** Fields that an agent repeats with each request. */
const repeated = new Set(["system", "tools"]);

/**
 * What makes two requests the same: whose they are, the path, the headers that change the answer, and each field of the body but `metadata`. Fields may come in
 * another order; within a field every byte counts, since the order of a tool's properties, say, is part of what a model reads. Undefined for a body whose fields
 * can't be told for certain.
 */
export function requestKey({ key, path, rawHeaders, body, fields }: Call, digests: PartDigests): string | undefined {
  const { members } = fields;
  if (members === undefined) return undefined;
  const asked = members.filter(({ name }) => !notAsked.has(name)).toSorted(byName);
  const head = [
    key.rules?.providers ?? null,
    path,
    ...askedHeaders.map((name) => headerSet(rawHeaders, name)),
    asked.map(({ name, start, end }) => [name, end - start]),
  ];
  const scope = scopeOf(key);
  // Part by part: put together first, they would be copied once more. The lengths before them say what is a part and what its digest.
  const sum = createHash("sha256").update(JSON.stringify(head));
  for (const { name, start, end } of asked) {
    const bytes = body.subarray(start, end);
    sum.update(repeated.has(name) ? digests.of(scope, name, bytes) : bytes);
  }
  // Nobody can ask for another tenant's answers, whatever its request is.
  return `${scope} ${sum.digest("base64")}`;
}

const scopeOf = ({ id, tenant }: Call["key"]): string => (tenant === undefined ? `key:${id}` : `tenant:${tenant}`);

const byName = (one: { name: string }, other: { name: string }): number => (one.name < other.name ? -1 : one.name > other.name ? 1 : 0);

function headerSet(rawHeaders: readonly string[], name: string): string[] {
  const values = new Set<string>();
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const given = rawHeaders[index] as string;
    if (given.length !== name.length || given.toLowerCase() !== name) continue;
    for (const value of (rawHeaders[index + 1] as string).split(",")) values.add(value.trim());
  }
  return [...values].toSorted();
}
