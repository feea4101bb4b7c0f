import type { KnownPart, PartsOf } from "./known-parts.ts";

/** A field at the top level of a JSON object. */
export interface Member {
  name: string;
  /** Where its name begins, with the quote, and where its value stands. Units: bytes. */
  nameStart: number;
  start: number;
  end: number;
  /** Where its value is one that came before. */
  part?: KnownPart | undefined;
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
export function readMembers(body: Buffer, parts?: PartsOf): Member[] | undefined {
  let at = skipBlanks(body, 0);
  if (body[at] !== openBrace) return undefined;
  const members: Member[] = [];
  at = skipBlanks(body, at + 1);
  if (body[at] === closeBrace) return isBlankFrom(body, at + 1) ? members : undefined;
  for (;;) {
    const nameStart = at;
    const nameEnd = body[at] === quote ? endOfString(body, at) : -1;
    const name = nameEnd < 0 ? undefined : decode(body, at, nameEnd + 1);
    at = skipBlanks(body, nameEnd + 1);
    if (name === undefined || body[at] !== colon) return undefined;
    const member = readValue(body, { name, nameStart, start: skipBlanks(body, at + 1) }, parts);
    if (member === undefined) return undefined;
    members.push(member);
    at = skipBlanks(body, member.end);
    const next = body[at];
    if (next === closeBrace) return isBlankFrom(body, at + 1) ? members : undefined;
    if (next !== comma) return undefined;
    at = skipBlanks(body, at + 1);
  }
}

function readValue(body: Buffer, { name, nameStart, start }: Omit<Member, "end">, of: PartsOf | undefined): Member | undefined {
  const known = of?.parts.find(of.scope, name, body, start);
  if (known !== undefined) return { name, nameStart, start, end: start + known.bytes.length, part: known };
  const end = endOfValue(body, start);
  if (end <= start) return undefined;
  // A bare value does not say where it ends.
  const part = isClosed(body[start]) ? of?.parts.learn(of.scope, name, body.subarray(start, end)) : undefined;
  return { name, nameStart, start, end, part };
}

/** Decodes a string with its quotes, one character for each byte; undefined if it is none. */
export function decode(body: Buffer, start: number, end: number): string | undefined {
  const json = body.toString("latin1", start, end);
  if (!json.includes("\\") && !hasControl.test(json)) return json.slice(1, -1);
  try {
    return JSON.parse(json) as string;
  } catch {
    return undefined;
  }
}

// oxlint-disable-next-line no-control-regex
const hasControl = /[\u0000-\u001f]/;

const isClosed = (char: number | undefined): boolean => char === quote || char === openBrace || char === openBracket;

/** The index after a value, or -1 where it does not end. */
function endOfValue(body: Buffer, start: number): number {
  const first = body[start];
  if (first === quote) return endOfString(body, start) + 1;
  if (first === openBrace || first === openBracket) return endOfNested(body, start);
  let at = start;
  while (at < body.length && !endsScalar(body[at])) at++;
  return at;
}

function endOfNested(body: Buffer, start: number): number {
  let depth = 0;
  for (let at = start; at < body.length; at++) {
    const char = body[at];
    if (char === quote) {
      const end = endOfString(body, at);
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
function endOfString(body: Buffer, start: number): number {
  for (let end = nextQuote(body, start + 1); end >= 0; end = nextQuote(body, end + 1)) {
    let before = end - 1;
    while (body[before] === backslash) before--;
    if ((end - 1 - before) % 2 === 0) return end;
  }
  return -1;
}

/** Most strings are short: names. For those that are not, the search that is made for it is faster, once it has begun. */
const shortString = 24;

function nextQuote(body: Buffer, from: number): number {
  const soon = Math.min(from + shortString, body.length);
  for (let at = from; at < soon; at++) if (body[at] === quote) return at;
  return soon === body.length ? -1 : body.indexOf(quote, soon);
}

export const isBlank = (char: number | undefined): boolean => char === 32 || char === 10 || char === 13 || char === 9;
const endsScalar = (char: number | undefined): boolean => isBlank(char) || char === comma || char === closeBrace || char === closeBracket;

function skipBlanks(body: Buffer, from: number): number {
  let at = from;
  while (isBlank(body[at])) at++;
  return at;
}

const isBlankFrom = (body: Buffer, from: number): boolean => skipBlanks(body, from) === body.length;
