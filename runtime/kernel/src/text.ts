/**
 * A value of somebody else's JSON as text: a string as it is, all else as JSON.
 * `String()` would call the `toString` that an object brings along, and throw where that is no function.
 */
export const asText = (value: unknown): string => (typeof value === "string" ? value : (JSON.stringify(value) ?? "undefined"));
