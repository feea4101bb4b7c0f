/** What the gateway reads of a request body; all else passes unread. */
export interface BodyFields {
  model: string | undefined;
  stream: boolean;
}

const quote = 34;
const backslash = 92;
const colon = 58;

/**
 * Finds `model` and `stream` at the top level of a JSON body without parsing the rest of it: a Claude Code request has 48 KB, mostly
 * strings, and parsing all of it would be the dearest step of passing it on. Of a body that is no JSON object nothing is found; the provider refuses it.
 */
export function readBodyFields(body: Buffer): BodyFields {
  const text = body.toString("latin1");
  const fields: BodyFields = { model: undefined, stream: false };
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (char === quote) {
      const end = endOfString(text, at);
      if (end < 0) return fields;
      if (depth === 1) at = readPair(text, at, end, fields);
      else at = end;
    } else if (char === 123 || char === 91) depth++;
    else if (char === 125 || char === 93) depth--;
  }
  return fields;
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
  const size = end - start - 1;
  if (size !== 5 && size !== 6) return end;
  const name = text.slice(start + 1, end);
  if (name !== "model" && name !== "stream") return end;
  let at = end + 1;
  while (isBlank(text.charCodeAt(at))) at++;
  if (text.charCodeAt(at) !== colon) return end;
  do at++;
  while (isBlank(text.charCodeAt(at)));
  if (name === "stream") {
    fields.stream = text.startsWith("true", at);
    return at - 1;
  }
  if (text.charCodeAt(at) !== quote) return at - 1;
  const valueEnd = endOfString(text, at);
  if (valueEnd < 0) return text.length;
  fields.model = printable(text.slice(at, valueEnd + 1));
  return valueEnd;
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
