import type { KeyBudget, KeyLimits, KeyRules, KeyWish, VirtualKey } from "../../api/models-types.ts";
import { formatCompact } from "../../format.ts";

export const limitFields = [
  { name: "requestsPerMinute", label: "Requests a minute", unit: "requests/min" },
  { name: "requestsPerDay", label: "Requests a day", unit: "requests/day" },
  { name: "inputTokensPerMinute", label: "Input tokens a minute", unit: "input tokens/min" },
  { name: "outputTokensPerMinute", label: "Output tokens a minute", unit: "output tokens/min" },
  { name: "concurrent", label: "Calls at once", unit: "at once" },
] as const satisfies readonly { name: keyof KeyLimits; label: string; unit: string }[];

export const lifetimes = [
  { days: "", label: "Never" },
  { days: "1", label: "In a day" },
  { days: "7", label: "In a week" },
  { days: "30", label: "In 30 days" },
  { days: "90", label: "In 90 days" },
  { days: "365", label: "In a year" },
] as const;

/** The expiry of a key that stays as it is. */
export const keepExpiry = "keep";

/** A key's form as it stands in its fields; what is empty restricts nothing. */
export interface KeyDraft {
  name: string;
  /** Days from now, "" for never, or `keepExpiry`. */
  expiry: string;
  limits: Record<(typeof limitFields)[number]["name"], string>;
  dayUsd: string;
  monthUsd: string;
  warnPercent: string;
  /** Separated by spaces or commas. */
  models: string;
  providers: readonly string[];
  keepBodies: boolean;
}

const textOf = (value: number | undefined) => (value === undefined ? "" : String(value));

export function draftOf(key?: VirtualKey): KeyDraft {
  return {
    name: key?.name ?? "",
    expiry: key === undefined ? "" : keepExpiry,
    limits: Object.fromEntries(limitFields.map(({ name }) => [name, textOf(key?.limits?.[name])])) as KeyDraft["limits"],
    dayUsd: textOf(key?.budget?.dayUsd),
    monthUsd: textOf(key?.budget?.monthUsd),
    warnPercent: textOf(key?.budget?.warnPercent),
    models: key?.models?.join(", ") ?? "",
    providers: key?.providers ?? [],
    keepBodies: key?.keepBodies ?? false,
  };
}

/** What a form asks for. For a new key only what restricts it is said; for a known one, null takes a restriction away. Units: `now` in milliseconds since 1970. */
export function wishOf(draft: KeyDraft, now: number, isNew: boolean): KeyWish {
  const rules: Required<KeyRules> = {
    limits: limitsOf(draft),
    budget: budgetOf(draft),
    models: listOf(draft.models.split(/[\s,]+/).filter((name) => name !== "")),
    providers: listOf(draft.providers),
    keepBodies: draft.keepBodies ? true : null,
  };
  const stated = isNew ? Object.fromEntries(Object.entries(rules).filter(([, rule]) => rule !== null)) : rules;
  return { name: draft.name.trim(), ...expiryOf(draft.expiry, now, isNew), ...stated };
}

function expiryOf(expiry: string, now: number, isNew: boolean): Pick<KeyWish, "expiresAt"> {
  if (expiry === keepExpiry || (isNew && expiry === "")) return {};
  return { expiresAt: expiry === "" ? null : new Date(now + Number(expiry) * 24 * 60 * 60_000).toISOString() };
}

function limitsOf({ limits }: KeyDraft): KeyLimits | null {
  const given = Object.entries(limits).filter(([, text]) => text !== "");
  return given.length === 0 ? null : Object.fromEntries(given.map(([name, text]) => [name, Number(text)]));
}

function budgetOf({ dayUsd, monthUsd, warnPercent }: KeyDraft): KeyBudget | null {
  if (dayUsd === "" && monthUsd === "") return null;
  return {
    ...(dayUsd !== "" && { dayUsd: Number(dayUsd) }),
    ...(monthUsd !== "" && { monthUsd: Number(monthUsd) }),
    ...(warnPercent !== "" && { warnPercent: Number(warnPercent) }),
  };
}

const listOf = (names: readonly string[]) => (names.length === 0 ? null : [...names]);

/** What a key may not do, in a few words each. Shape: `60 requests/min`, `$5 a day`, `only claude-*`. */
export function describeRules({ limits, budget, models, providers, keepBodies }: KeyRules): string[] {
  return [
    ...(budget?.dayUsd === undefined ? [] : [`$${budget.dayUsd} a day`]),
    ...(budget?.monthUsd === undefined ? [] : [`$${budget.monthUsd} a month`]),
    ...limitFields.flatMap(({ name, unit }) => (limits?.[name] === undefined ? [] : [`${formatCompact(limits[name])} ${unit}`])),
    ...(models === undefined || models === null ? [] : [`only ${models.join(", ")}`]),
    ...(providers === undefined || providers === null ? [] : [`by ${providers.join(", ")}`]),
    ...(keepBodies === true ? ["keeps what is sent"] : []),
  ];
}
