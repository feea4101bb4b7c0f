import { readFileSync } from "node:fs";
import { z } from "zod";
import { AppError, messageOf } from "./errors.ts";
import { Secret } from "./secret.ts";

/** A secret setting `FOO`: the text of the file that `FOO_FILE` names, else the variable `FOO` itself. */
export const secret = () =>
  z
    .string()
    .min(1)
    .transform((text) => new Secret(text));

export const port = (standard: number) => z.coerce.number().int().min(0).max(65_535).default(standard);

/** A comma-separated list; blanks around items are dropped. */
export const list = () =>
  z.string().transform((text) =>
    text
      .split(",")
      .map((item) => item.trim())
      .filter((item) => item !== ""),
  );

/**
 * Parses a service's settings from its environment, once, and freezes them.
 * Throws: AppError `config.invalid`, naming each bad setting.
 */
export function loadConfig<T extends z.ZodObject>(schema: T, environment: NodeJS.ProcessEnv): Readonly<z.output<T>> {
  const raw = Object.fromEntries(Object.keys(schema.shape).map((name) => [name, read(name, environment)]));
  const parsed = schema.safeParse(raw);
  if (parsed.success) return Object.freeze(parsed.data);
  const problems = parsed.error.issues.map((issue) => `${issue.path.join(".") || "settings"}: ${issue.message.replace(/\.$/, "")}`);
  throw new AppError("config.invalid", `Settings refused. ${problems.join("; ")}. See the table in this service's README.`);
}

function read(name: string, environment: NodeJS.ProcessEnv): string | undefined {
  const file = environment[`${name}_FILE`];
  if (file === undefined || file === "") return blankIsAbsent(environment[name]);
  try {
    return blankIsAbsent(readFileSync(file, "utf8").replace(/\r?\n$/, ""));
  } catch (cause) {
    throw new AppError("config.unreadable", `${name}_FILE names ${file}, which can't be read: ${messageOf(cause)}.`, { cause });
  }
}

const blankIsAbsent = (text: string | undefined) => (text === "" ? undefined : text);
