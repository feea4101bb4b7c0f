import { hash } from "node:crypto";
import type { Member } from "../body-members.ts";
import type { Call } from "../call.ts";
import { digestOf } from "../known-parts.ts";
import { scopeOf } from "../virtual-key.ts";

/** Fields that say who asks and not what: the answer does not depend on them. */
const notAsked = new Set(["metadata"]);
/** Headers that change the answer; the value of the first is a set. */
const askedHeaders = ["anthropic-beta", "anthropic-version"];
/** Longer values stand in the key by their digests. Units: bytes. */
const shortBytes = 1_024;

/**
 * What makes two requests the same: whose they are, the path, the headers that change the answer, and each field of the body but `metadata`. Fields may come in
 * another order; within a field every byte counts, since the order of a tool's properties, say, is part of what a model reads. Undefined for a body whose fields
 * can't be told for certain.
 */
export function requestKey({ key, path, rawHeaders, body, fields }: Call): string | undefined {
  const { members } = fields;
  if (members === undefined) return undefined;
  const asked = members.filter(({ name }) => !notAsked.has(name)).toSorted(byName);
  // The number of fields says where the names end, and their lengths what is a value and what its digest.
  let text = `${JSON.stringify(key.rules?.providers ?? null)}\n${path}\n${asked.length}\n`;
  for (const name of askedHeaders) text += `${headerSet(rawHeaders, name)}\n`;
  for (const { name, start, end } of asked) text += `${JSON.stringify(name)}${end - start},`;
  for (const member of asked) text += valueOf(body, member);
  // Nobody can ask for another tenant's answers, whatever its request is. A digest also where the text is short: keys are kept with their answers, and
  // texts took 37 MB more of a full cache, which cost more than the digests.
  return `${scopeOf(key)} ${hash("sha256", text, "base64")}`;
}

function valueOf(body: Buffer, { start, end, part }: Member): string {
  if (end - start <= shortBytes) return body.toString("latin1", start, end);
  return part?.digest ?? digestOf(body.subarray(start, end));
}

const byName = (one: { name: string }, other: { name: string }): number => (one.name < other.name ? -1 : one.name > other.name ? 1 : 0);

/** The sets that requests named last, by header and value: an agent names the same ones each time. */
const known = new Map<string, { value: string; set: string }>();

/** Shape: the values, each once and in order, as JSON. */
function headerSet(rawHeaders: readonly string[], name: string): string {
  const value = valuesOf(rawHeaders, name);
  const latest = known.get(name);
  if (latest?.value === value) return latest.set;
  const set = JSON.stringify([...new Set(value.split(",").map((one) => one.trim()))].toSorted());
  known.set(name, { value, set });
  return set;
}

/** Several headers of one name mean what one with all of their values means. */
function valuesOf(rawHeaders: readonly string[], name: string): string {
  let value = "";
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const given = rawHeaders[index] as string;
    if (given.length === name.length && given.toLowerCase() === name) value += value === "" ? rawHeaders[index + 1] : `,${rawHeaders[index + 1]}`;
  }
  return value;
}
