import { fault } from "./errors.ts";

/** Which Gemini model answers for which name. */
export interface ModelMap {
  /** Throws: `model.unknown`. */
  modelFor(name: string): string;
  /** Names to show: those without a wildcard, then the models themselves where their own names are taken. */
  names(): readonly { name: string; model: string }[];
  /** Every Gemini model that a name leads to. */
  models(): readonly string[];
}

export interface MapRow {
  pattern: string;
  model: string;
}

/**
 * The names of Claude's models of 2026-11 on the models that a free key may use. Gemini 4 Argon and 3.1 Pro want a paid key;
 * 3.5 Flash and 3.7 Flash are answered for by 3.6 and 3.8 since 2026-10-08. Source: ai.google.dev/gemini-api/docs/pricing, …/changelog.
 */
export const standardModelMap = [
  "claude-opus-5-5=gemini-3.8-flash",
  "claude-sonnet-5-5=gemini-3.8-flash",
  "claude-haiku-5-5=gemini-3.5-flash-lite",
  "claude-*haiku*=gemini-3.5-flash-lite",
  "claude-*=gemini-3.8-flash",
  "gemini-*=*",
].join(",");

/** Reads one row. Shape: `name=model`; `*` in the name stands for any text, and as the model for the name itself. */
export function parseRow(text: string): MapRow | undefined {
  const found = /^([\w.*-]+)=([\w.-]+|\*)$/.exec(text);
  return found === null ? undefined : { pattern: found[1] ?? "", model: found[2] ?? "" };
}

export function createModelMap(rows: readonly MapRow[]): ModelMap {
  const compiled = rows.map((row) => ({ ...row, matches: toRegExp(row.pattern) }));
  const models = [...new Set(rows.map(({ model }) => model).filter((model) => model !== "*"))];
  const modelFor = (name: string) => {
    const row = compiled.find(({ matches }) => matches.test(name));
    if (row === undefined || !/^[\w.-]{1,100}$/.test(name)) throw fault("model.unknown", `model: ${name.slice(0, 100)} stands in no row of MODEL_MAP`);
    return row.model === "*" ? name : row.model;
  };
  const exact = rows.filter(({ pattern }) => !pattern.includes("*")).map(({ pattern: name, model }) => ({ name, model: model === "*" ? name : model }));
  const own = models.filter((model) => compiled.some((row) => row.model === "*" && row.matches.test(model))).map((model) => ({ name: model, model }));
  return { modelFor, names: () => [...exact, ...own.filter(({ name }) => !exact.some((row) => row.name === name))], models: () => models };
}

const toRegExp = (pattern: string): RegExp =>
  new RegExp(
    `^${pattern
      .split("*")
      .map((text) => text.replaceAll(".", String.raw`\.`))
      .join(".*")}$`,
  );
