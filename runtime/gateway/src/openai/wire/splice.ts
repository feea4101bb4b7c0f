import { isFields, type Fields } from "./fields.ts";

/**
 * Replaces or adds fields at the top level of a JSON object without touching the bytes of the others. A field that is there twice is replaced where it counts,
 * at its last place. Shape: `fields` hold plain JSON values.
 */
export function spliceFields(body: Buffer, fields: Fields): Buffer {
  const text = body.toString("utf8");
  const places = topLevelValues(text, new Set(Object.keys(fields)));
  let spliced = text;
  for (const [name, { start, end }] of [...places].toSorted(([, left], [, right]) => right.start - left.start))
    spliced = spliced.slice(0, start) + JSON.stringify(fields[name]) + spliced.slice(end);
  const missing = Object.entries(fields).filter(([name]) => !places.has(name));
  if (missing.length === 0) return Buffer.from(spliced);
  const open = spliced.indexOf("{") + 1;
  const isEmpty = /^\s*\}/.test(spliced.slice(open, open + 1_000));
  const added = missing.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(",");
  return Buffer.from(spliced.slice(0, open) + added + (isEmpty ? "" : ",") + spliced.slice(open));
}

/** The last place of each wanted value; `text` is valid JSON. */
function topLevelValues(text: string, names: ReadonlySet<string>): Map<string, { start: number; end: number }> {
  const places = new Map<string, { start: number; end: number }>();
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (char === "{" || char === "[") depth++;
    else if (char === "}" || char === "]") depth--;
    else if (char === '"') {
      const end = endOfString(text, at);
      const colon = depth === 1 ? /^\s*:\s*/.exec(text.slice(end, end + 200))?.[0] : undefined;
      if (colon !== undefined) {
        const name: unknown = JSON.parse(text.slice(at, end));
        const start = end + colon.length;
        const valueEnd = endOfValue(text, start);
        if (typeof name === "string" && names.has(name)) places.set(name, { start, end: valueEnd });
        at = valueEnd - 1;
      } else at = end - 1;
    }
  }
  return places;
}

/** The index after the closing quote of the string that begins at `start`. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === '"') return at + 1;
  }
  return text.length;
}

function endOfValue(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const char = text[at];
    if (char === '"') at = endOfString(text, at) - 1;
    else if (char === "{" || char === "[") depth++;
    else if (char === "}" || char === "]") {
      if (depth === 0) return at;
      depth--;
    } else if (char === "," && depth === 0) return at;
    if (depth === 0 && (char === '"' || char === "}" || char === "]")) return at + 1;
  }
  return text.length;
}

/** The top level of a JSON object, or undefined. */
export function parseFields(body: Buffer | string): Fields | undefined {
  try {
    const parsed: unknown = JSON.parse(body.toString("utf8"));
    return isFields(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}
