import { comma, decode, isBlank, readMembers, type Member } from "./body-members.ts";
import type { PartsOf } from "./known-parts.ts";

/** What the gateway reads of a request body; all else passes unread. */
export interface BodyFields {
  model: string | undefined;
  stream: boolean;
  /** Units: tokens. */
  maxTokens: number | undefined;
  /** Where the model's name stands, quotes included; 0 without one. Units: bytes. */
  modelStart: number;
  modelEnd: number;
  /** Where `stream` and `max_tokens` stand, each with one comma: begin and end in turn. Only these differ when Claude Code repeats a broken stream. Units: bytes. */
  varying?: number[];
  /** All fields, with the places of their values in bytes; undefined when the body is no JSON object, or names a field twice: parsers differ on which one counts. */
  members: readonly Member[] | undefined;
}

export const noFields: BodyFields = { model: undefined, stream: false, maxTokens: undefined, modelStart: 0, modelEnd: 0, members: undefined };

/** Reads the few fields that matter, from the top level alone. Of a body that is no JSON object nothing is found; the provider refuses it. */
export function readBodyFields(body: Buffer, parts?: PartsOf): BodyFields {
  const members = readMembers(body, parts);
  if (members === undefined) return noFields;
  const fields: BodyFields = { ...noFields, members: new Set(members.map(({ name }) => name)).size === members.length ? members : undefined };
  for (const member of members) {
    const { name, start, end } = member;
    if (name === "stream" || name === "max_tokens") {
      (fields.varying ??= []).push(...spanOf(body, member));
      if (name === "stream") fields.stream = body.toString("latin1", start, end) === "true";
      else fields.maxTokens = countOf(body.toString("latin1", start, end));
    } else if (name === "model" && body[start] === quote) {
      fields.model = printable(decode(body, start, end));
      fields.modelStart = start;
      fields.modelEnd = end;
    }
  }
  return fields;
}

const quote = 34;

/** A field, and the comma before it, or behind it when it is the first one. */
function spanOf(body: Buffer, { nameStart, end }: Member): [number, number] {
  let start = nameStart;
  while (isBlank(body[start - 1])) start--;
  if (body[start - 1] === comma) return [start - 1, end];
  let next = end;
  while (isBlank(body[next])) next++;
  return [start, body[next] === comma ? next + 1 : next];
}

const countOf = (text: string): number | undefined => (/^\d{1,12}$/.test(text) ? Number(text) : undefined);

/** A model's name as it may stand in the books and in a message; what no name has in it becomes a question mark. */
const printable = (name: string | undefined): string | undefined => name?.slice(0, 200).replaceAll(/[^\x20-\x7e]/g, "?");
