/** `{{name}}`, blanks inside allowed; other braces, such as `${{ secrets.X }}`, stay as they are. */
const placeholder = /\{\{\s*([a-z][a-z0-9-]*)\s*\}\}/g;

/**
 * Every string inside a value with its placeholders filled; what is filled in is not looked at again. Names without a value stay. A field that is
 * nothing but a placeholder is left out when that is empty, and so is what then has no field left: an option that nobody has filled in is not set.
 */
export function fill(value: unknown, values: Readonly<Record<string, string>>): unknown {
  if (typeof value === "string") {
    const filled = value.replace(placeholder, (whole, name: string) => (Object.hasOwn(values, name) ? (values[name] ?? whole) : whole));
    return filled === "" && value !== "" ? undefined : filled;
  }
  if (Array.isArray(value)) return value.map((one) => fill(one, values)).filter((one) => one !== undefined);
  if (typeof value !== "object" || value === null) return value;
  const fields = Object.entries(value).map(([name, one]) => [name, fill(one, values)] as const);
  const kept = fields.filter(([, one]) => one !== undefined);
  return fields.length > 0 && kept.length === 0 ? undefined : Object.fromEntries(kept);
}

/** The names of all placeholders in a value. */
export function placeholdersIn(value: unknown): Set<string> {
  const names = new Set<string>();
  const look = (one: unknown): void => {
    if (typeof one === "string") for (const [, name] of one.matchAll(placeholder)) names.add(name ?? "");
    else if (typeof one === "object" && one !== null) Object.values(one).forEach(look);
  };
  look(value);
  return names;
}

/** What stands at a path of a value. */
export const at = (value: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>((here, step) => (typeof here === "object" && here !== null ? (here as Record<PropertyKey, unknown>)[step] : undefined), value);
