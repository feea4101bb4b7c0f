/** A field at the top level of a JSON object. */
export interface Member {
  name: string;
  /** Where its name begins, with the quote, and where its value stands. Units: characters. */
  nameStart: number;
  start: number;
  end: number;
}

const quote = 34;
const backslash = 92;
const colon = 58;
export const comma = 44;
const openBrace = 123;
const closeBrace = 125;
const openBracket = 91;
const closeBracket = 93;

/**
 * Finds the fields of a JSON object without parsing their values: a Claude Code request has 48 KB, mostly strings, and parsing all of it would be the dearest step
 * of passing it on. Undefined for what is no object; what stands deeper is not checked.
 */
export function readMembers(text: string): Member[] | undefined {
  let at = skipBlanks(text, 0);
  if (text.charCodeAt(at) !== openBrace) return undefined;
  const members: Member[] = [];
  at = skipBlanks(text, at + 1);
  if (text.charCodeAt(at) === closeBrace) return isBlankFrom(text, at + 1) ? members : undefined;
  for (;;) {
    const nameStart = at;
    const nameEnd = text.charCodeAt(at) === quote ? endOfString(text, at) : -1;
    const name = nameEnd < 0 ? undefined : decode(text.slice(at, nameEnd + 1));
    at = skipBlanks(text, nameEnd + 1);
    if (name === undefined || text.charCodeAt(at) !== colon) return undefined;
    const start = skipBlanks(text, at + 1);
    const end = endOfValue(text, start);
    if (end <= start) return undefined;
    members.push({ name, nameStart, start, end });
    at = skipBlanks(text, end);
    const next = text.charCodeAt(at);
    if (next === closeBrace) return isBlankFrom(text, at + 1) ? members : undefined;
    if (next !== comma) return undefined;
    at = skipBlanks(text, at + 1);
  }
}

/** Decodes a string with its quotes; undefined if it is none. A part of the text would hold all of it in memory, so it is made anew. */
export function decode(json: string): string | undefined {
  try {
    return JSON.parse(json) as string;
  } catch {
    return undefined;
  }
}

/** The index after a value, or -1 where it does not end. */
function endOfValue(text: string, start: number): number {
  const first = text.charCodeAt(start);
  if (first === quote) return endOfString(text, start) + 1;
  if (first === openBrace || first === openBracket) return endOfNested(text, start);
  let at = start;
  while (at < text.length && !endsScalar(text.charCodeAt(at))) at++;
  return at;
}

function endOfNested(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (char === quote) {
      const end = endOfString(text, at);
      if (end < 0) return -1;
      at = end;
    } else if (char === openBrace || char === openBracket) depth++;
    else if (char === closeBrace || char === closeBracket) {
      depth--;
      if (depth === 0) return at + 1;
    }
  }
  return -1;
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

export const isBlank = (char: number) => char === 32 || char === 10 || char === 13 || char === 9;
const endsScalar = (char: number) => isBlank(char) || char === comma || char === closeBrace || char === closeBracket;

function skipBlanks(text: string, from: number): number {
  let at = from;
  while (isBlank(text.charCodeAt(at))) at++;
  return at;
}

const isBlankFrom = (text: string, from: number): boolean => skipBlanks(text, from) === text.length;
