import { CronFileError, whiteSpace } from "./cron-file-error.ts";
import type { KeyTable, KeyType, ValuesOf } from "./cron-file-keys.ts";
import type { VariableStatement } from "./ini-statements.ts";

const empty: Record<KeyType, string | boolean | number | null> = { text: "", flag: false, number: 0, list: null };

export function emptyValues<Table extends KeyTable>(table: Table): ValuesOf<Table> {
  return Object.fromEntries(Object.entries(table).map(([key, type]) => [key, empty[type]])) as ValuesOf<Table>;
}

/** What a variable makes of the value that its key had. Throws: CronFileError. */
export function parseValue(type: KeyType, statement: VariableStatement, before: unknown): string | boolean | number | string[] | null {
  const { key, value } = statement;
  if (type === "list") return value === null ? null : [...((before as string[] | null) ?? []), value];
  if (type === "flag") return value === null || parseFlag(value, statement);
  if (value === null) throw refusal(statement, `${key} has no value.`, `Write ${key} = …; nothing behind the = is an empty text.`);
  return type === "number" ? parseNumber(value, statement) : value;
}

const flags: Record<string, boolean> = { true: true, yes: true, on: true, "1": true, false: false, no: false, off: false, "0": false };

function parseFlag(value: string, statement: VariableStatement): boolean {
  const name = value.toLowerCase();
  if (Object.hasOwn(flags, name)) return flags[name] === true;
  throw refusal(
    statement,
    `${statement.key} is ${JSON.stringify(value)}, which is neither true nor false.`,
    "Write true, yes, on or 1; or false, no, off or 0.",
  );
}

const outerBlanks = new RegExp(`^[${whiteSpace}]+|[${whiteSpace}]+$`, "g");
const largest = 2n ** 63n;

/** Decimal, also with leading zeros, or hexadecimal after `0x`. */
function parseNumber(value: string, statement: VariableStatement): number {
  const text = value.replaceAll(outerBlanks, "");
  const [, sign, digits = ""] = /^([+-]?)(\d+)$/.exec(text) ?? /^(-?)(0x(?:_?[\da-fA-F])+)$/.exec(text) ?? [];
  if (digits === "") throw refusal(statement, `${statement.key} is ${JSON.stringify(value)}, which is no whole number.`, "Write it in digits, such as 25.");
  const size = BigInt(digits.replaceAll("_", ""));
  if (size >= largest) throw refusal(statement, `${statement.key} is ${value}, which is too large.`, "Write a smaller number.");
  return Number(sign === "-" ? -size : size);
}

const refusal = ({ position }: VariableStatement, message: string, cure: string) => new CronFileError(position, message, cure);
