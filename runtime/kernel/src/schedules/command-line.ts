import { whiteSpace } from "./cron-file-error.ts";

const blank = new RegExp(`^[${whiteSpace}]$`);
const isBlank = (character: string) => blank.test(character);
const quotes = new Set(["'", '"', "`"]);
const brackets = new Map([
  ["(", ")"],
  ["[", "]"],
  ["{", "}"],
]);
const swallowing = new Set(["|", ">", "<", "#"]);

/**
 * Splits a command into arguments as Ofelia does, which is not as a shell does: a quote counts only where an argument begins and ends it, a
 * bracket groups what it encloses, and `|`, `>`, `<` or `#` there takes the rest as one argument. Source: gobs/args, 2021-03-11.
 */
export function splitCommand(text: string): string[] {
  const characters = [...text];
  const found: string[] = [];
  for (let at = 0; ;) {
    while (at < characters.length && isBlank(characters[at] ?? "")) at += 1;
    if (at >= characters.length) return found;
    const { argument, end } = readArgument(characters, at);
    if (argument !== undefined) found.push(argument);
    at = end;
  }
}

interface Read {
  /** Undefined when nothing but the end of the text was there. */
  argument: string | undefined;
  end: number;
}

function readArgument(characters: readonly string[], start: number): Read {
  const first = characters[start] ?? "";
  if (quotes.has(first)) return readQuoted(characters, start + 1, first);
  if (brackets.has(first)) return readBracketed(characters, start);
  if (swallowing.has(first)) return { argument: characters.slice(start).join(""), end: characters.length };
  return readBare(characters, start);
}

function readBare(characters: readonly string[], start: number): Read {
  let argument = "";
  for (let at = start; at < characters.length; at++) {
    const character = characters[at] ?? "";
    if (character === "\\") argument += characters[++at] ?? "";
    // The library marks "no quote" with this character, and so takes it for the end of one.
    else if (isBlank(character) || character === "\ufffd") return { argument, end: at + 1 };
    else argument += character;
  }
  return { argument: argument === "" ? undefined : argument, end: characters.length };
}

function readQuoted(characters: readonly string[], start: number, quote: string): Read {
  let argument = "";
  for (let at = start; at < characters.length; at++) {
    const character = characters[at] ?? "";
    if (character === quote) return { argument, end: at + 1 };
    argument += character === "\\" && quote !== "`" ? (characters[++at] ?? "") : character;
  }
  return { argument: argument === "" ? undefined : argument, end: characters.length };
}

function readBracketed(characters: readonly string[], start: number): Read {
  const open: string[] = [];
  let argument = "";
  let quote: string | undefined;
  for (let at = start; at < characters.length; at++) {
    const character = characters[at] ?? "";
    if (character === "\\" && quote !== "`") {
      argument += characters[++at] ?? "";
      continue;
    }
    argument += character;
    if (quote !== undefined) quote = character === quote ? undefined : quote;
    else if (character === open.at(-1)) open.pop();
    else if (quotes.has(character)) quote = character;
    else if (brackets.has(character)) open.push(brackets.get(character) ?? "");
    if (open.length === 0) return { argument, end: at + 1 };
  }
  return { argument, end: characters.length };
}
