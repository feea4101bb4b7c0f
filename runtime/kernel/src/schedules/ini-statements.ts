import { CronFileError, type Position } from "./cron-file-error.ts";
import { SourceText } from "./source-text.ts";

/** `[name]` or `[name "subname"]`. */
export interface HeaderStatement {
  kind: "header";
  name: string;
  /** Null where the header has none, which is another thing than an empty one: that is refused. */
  subname: string | null;
  position: Position;
}

/** `key = value`, or a bare `key`, whose value is null. */
export interface VariableStatement {
  kind: "variable";
  key: string;
  value: string | null;
  /** What follows the value behind `;` or `#`, and so is no part of it. */
  comment: string | null;
  position: Position;
}

export type Statement = HeaderStatement | VariableStatement;

const isLetter = (character: string | undefined) => character !== undefined && /^\p{L}$/u.test(character);
const isNamePart = (character: string | undefined) => character !== undefined && /^[\p{L}\p{Nd}-]$/u.test(character);
const isBlank = (character: string | undefined) => character === " " || character === "\t" || character === "\r";
const startsComment = (character: string | undefined) => character === ";" || character === "#";

/**
 * Reads a file in git-config's syntax, one statement after the other, so that a reader stops at the first thing it can't accept.
 * Throws: CronFileError. Source: gopkg.in/gcfg.v1 1.2.3, which Ofelia reads its file with.
 */
export function* readStatements(text: string | Uint8Array): Generator<Statement> {
  const source = new SourceText(text);
  let inSection = false;
  for (;;) {
    skipBlanks(source);
    const { next, offset } = source;
    if (next === undefined) return;
    if (next === "\n") source.advance();
    else if (startsComment(next)) readComment(source);
    else if (next === "[") {
      yield readHeader(source);
      inSection = true;
    } else if (isLetter(next)) {
      const key = readName(source);
      if (!inSection) throw refusal(source, offset, ...outside);
      yield readVariable(source, key, source.positionOf(offset));
    } else throw readOddity(source, inSection);
  }
}

const outside = ["A setting stands before the first section.", 'Begin with a section, such as [global] or [job-local "name"].'] as const;

function readOddity(source: SourceText, inSection: boolean): CronFileError {
  if (!inSection && /^["\]=]$/.test(source.next ?? "")) return unexpected(source, ...outside);
  return unexpected(source, `A line can't begin with ${JSON.stringify(source.next)}.`, "Begin it with a letter, `[`, `;` or `#`.");
}

function readHeader(source: SourceText): HeaderStatement {
  const position = source.positionOf(source.offset);
  source.advance();
  skipToToken(source);
  if (!isLetter(source.next)) throw unexpected(source, "After `[` the name of a section is missing.", 'Write it like [job-local "name"].');
  const name = readName(source);
  skipToToken(source);
  const subname = source.next === '"' ? readSubname(source) : null;
  if (source.next !== "]")
    throw unexpected(
      source,
      subname === null ? "The job's name must stand in double quotes, and the header end with `]`." : "The section header does not end with `]`.",
      `Write it like [${name} "name"].`,
    );
  source.advance();
  expectEndOfLine(source);
  return { kind: "header", name, subname, position };
}

function readSubname(source: SourceText): string {
  const { offset } = source;
  source.advance();
  const subname = unquoted(readQuoted(source, offset));
  if (subname === "") throw refusal(source, offset, "The name between the quotes is empty.", 'Give the job a name, like [job-local "backup"].');
  skipToToken(source);
  return subname;
}

function skipToToken(source: SourceText): void {
  skipBlanks(source);
  readCommentIfAny(source);
}

function readVariable(source: SourceText, key: string, position: Position): VariableStatement {
  skipBlanks(source);
  const bare = readCommentIfAny(source);
  if (endsLine(source)) return { kind: "variable", key, value: null, comment: bare, position };
  if (source.next !== "=") throw unexpected(source, `After the key ${key} there is no \`=\`.`, `Write it like ${key} = value.`);
  source.advance();
  skipBlanks(source);
  const value = unquoted(readValue(source));
  const comment = readCommentIfAny(source);
  endsLine(source);
  return { kind: "variable", key, value, comment, position };
}

/** Goes past the end of the line if it is next: what can't be read behind it is told before what is wrong with the value. */
function endsLine(source: SourceText): boolean {
  if (source.next === "\n") source.advance();
  else if (source.next !== undefined) return false;
  return true;
}

/** The raw text of a value: bare and double-quoted runs up to the end of the line or a comment, without the blanks around them. */
function readValue(source: SourceText): string {
  const start = source.offset;
  let end = start;
  let quoted = false;
  while (quoted || (source.next !== undefined && source.next !== "\n" && !startsComment(source.next))) {
    const character = source.next;
    source.advance();
    if (character === "\\") {
      if (quoted) readEscape(source, /^[\\"nt]$/);
      else readBareEscape(source, start);
    } else if (character === '"') quoted = !quoted;
    else if (character === undefined || (quoted && character === "\n")) throw notTerminated(source, start);
    if (quoted || !isBlank(character)) end = source.offset;
  }
  return source.slice(start, end).replaceAll("\r", "");
}

function readBareEscape(source: SourceText, valueStart: number): void {
  if (source.next === "\r") source.advance();
  if (source.next !== "\n" && source.next !== '"')
    throw refusal(
      source,
      valueStart,
      "Outside double quotes a backslash must be followed by the end of the line or a double quote.",
      "Put the value in double quotes and write \\\\ for a backslash.",
    );
  source.advance();
}

function readEscape(source: SourceText, allowed: RegExp): void {
  const { next = "", offset } = source;
  source.advance();
  if (!allowed.test(next))
    throw refusal(source, offset, `\\${next === "\n" ? " and the end of the line" : next} is no escape sequence here.`, "Write \\\\ for a backslash.");
}

/** The rest of quoted text in a header, quotes included. */
function readQuoted(source: SourceText, start: number): string {
  while (source.next !== '"') {
    const character = source.next;
    source.advance();
    if (character === undefined || character === "\n") throw notTerminated(source, start);
    if (character === "\\") readEscape(source, /^[\\"]$/);
  }
  source.advance();
  return source.slice(start, source.offset);
}

const notTerminated = (source: SourceText, start: number) =>
  refusal(
    source,
    start,
    "The text that begins here has no closing double quote on its line.",
    'Close it with ", or write \\" for a quote that is part of the text.',
  );

/** Takes the quotes away, decodes the escapes, and drops each backslash that continues a line, with its newline. */
function unquoted(raw: string): string {
  const escapes: Record<string, string> = { n: "\n", t: "\t", "\n": "" };
  return raw.replaceAll(/\\([^])|"/gu, (_whole, escaped?: string) => (escaped === undefined ? "" : (escapes[escaped] ?? escaped)));
}

function expectEndOfLine(source: SourceText): void {
  skipToToken(source);
  if (source.next === undefined || source.next === "\n") return;
  throw refusal(source, source.offset, "Something stands behind the section header on its line.", "Put it on a line of its own.");
}

function readName(source: SourceText): string {
  const start = source.offset;
  while (isNamePart(source.next)) source.advance();
  return source.slice(start, source.offset);
}

const readCommentIfAny = (source: SourceText) => (startsComment(source.next) ? readComment(source) : null);

function readComment(source: SourceText): string {
  const start = source.offset;
  while (source.next !== undefined && source.next !== "\n") source.advance();
  return source.slice(start, source.offset).trim();
}

function skipBlanks(source: SourceText): void {
  while (isBlank(source.next)) source.advance();
}

/** The refusal of what stands here; or of what is broken inside it, if it is a name or quoted text. */
function unexpected(source: SourceText, message: string, cure: string): CronFileError {
  const { next, offset } = source;
  if (isLetter(next)) readName(source);
  else source.advance();
  if (next === '"') readQuoted(source, offset);
  return refusal(source, offset, message, cure);
}

const refusal = (source: SourceText, offset: number, message: string, cure: string) => new CronFileError(source.positionOf(offset), message, cure);
