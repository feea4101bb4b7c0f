/** What the gateway reads of a request body; all else passes unread. */
export interface BodyFields {
  model: string | undefined;
  stream: boolean;
  /** Where the model's name stands, quotes included; 0 without one. Units: bytes. */
  modelStart: number;
  modelEnd: number;
  /** Where `stream` and `max_tokens` stand, each with one comma: begin and end in turn. Only these differ when Claude Code repeats a broken stream. Units: bytes. */
  varying?: number[];
}

const quote = 34;
const backslash = 92;
const colon = 58;
const comma = 44;

/**
 * Finds `model` and `stream` at the top level of a JSON body without parsing the rest of it: a Claude Code request has 48 KB, mostly
 * strings, and parsing all of it would be the dearest step of passing it on. Of a body that is no JSON object nothing is found; the provider refuses it.
 */
export function readBodyFields(body: Buffer): BodyFields {
  const fields: BodyFields = { model: undefined, stream: false, modelStart: 0, modelEnd: 0 };
  // One character per byte, so that places in the text are places in the body.
  const text = body.toString("latin1");
  scanTopLevel(text, (start, end) => readPair(text, start, end, fields));
  return fields;
}

/** Visits each string at the top level of an object; `visit` returns where to go on. */
function scanTopLevel(text: string, visit: (start: number, end: number) => number): void {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (char === quote) {
      const end = endOfString(text, at);
      if (end < 0) return;
      at = depth === 1 ? visit(at, end) : end;
    } else if (char === 123 || char === 91) depth++;
    else if (char === 125 || char === 93) depth--;
  }
}

/** The index of the closing quote of the string that begins at `start`, or -1. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let before = end - 1;
    while (text.charCodeAt(before) === backslash) before--;
    if ((end - 1 - before) % 2 === 0) return end;
  }
  return -1;
}

/** Reads a value if the string was the name of a field that matters; returns the index to go on from. */
function readPair(text: string, start: number, end: number, fields: BodyFields): number {
  const name = nameAt(text, start, end);
  if (name !== "model" && name !== "stream" && name !== "max_tokens") return end;
  let at = end + 1;
  while (isBlank(text.charCodeAt(at))) at++;
  if (text.charCodeAt(at) !== colon) return end;
  do at++;
  while (isBlank(text.charCodeAt(at)));
  if (name !== "model") {
    (fields.varying ??= []).push(...spanOf(text, start, at));
    if (name === "stream") fields.stream = text.startsWith("true", at);
    return at - 1;
  }
  if (text.charCodeAt(at) !== quote) return at - 1;
  const valueEnd = endOfString(text, at);
  if (valueEnd < 0) return text.length;
  fields.model = printable(text.slice(at, valueEnd + 1));
  fields.modelStart = at;
  fields.modelEnd = valueEnd + 1;
  return valueEnd;
}

/** A field with a plain value, and the comma before it, or behind it when it is the first one. */
function spanOf(text: string, nameStart: number, valueStart: number): [number, number] {
  let start = nameStart;
  let end = valueStart;
  while (/[\w.+-]/.test(text.charAt(end))) end++;
  while (isBlank(text.charCodeAt(start - 1))) start--;
  if (text.charCodeAt(start - 1) === comma) return [start - 1, end];
  while (isBlank(text.charCodeAt(end))) end++;
  return [start, text.charCodeAt(end) === comma ? end + 1 : end];
}

/** A field's name; with escapes, `model` has up to 30 characters, and a provider would still see it. */
function nameAt(text: string, start: number, end: number): string | undefined {
  const size = end - start - 1;
  if (size < 5 || size > 36) return undefined;
  const raw = text.slice(start + 1, end);
  if (!raw.includes("\\")) return raw;
  try {
    return JSON.parse(`"${raw}"`) as string;
  } catch {
    return undefined;
  }
}

const isBlank = (char: number) => char === 32 || char === 10 || char === 13 || char === 9;

/** A model's name as it may stand in the books and in a message; what no name has in it becomes a question mark. */
function printable(json: string): string | undefined {
  try {
    return (JSON.parse(json) as string).slice(0, 200).replaceAll(/[^\x20-\x7e]/g, "?");
  } catch {
    return undefined;
  }
}
