/**
 * Property values as the engine sends them: plain JSON in which secrets, unknowns and assets are marked by signatures.
 *
 * Source: pulumi/pulumi `sdk/go/common/resource/sig` and `plugin/rpc.go`, engine 3.232.
 */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type Properties = { [key: string]: Json };

const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

function isObject(value: Json): value is { [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function isSecret(value: Json): boolean {
  return isObject(value) && value[SIGNATURE] === SECRET;
}

export function secret(value: Json): Json {
  return { [SIGNATURE]: SECRET, value };
}

/** The value without its secret wrappers, at any depth. */
export function plain(value: Json): Json {
  if (Array.isArray(value)) return value.map(plain);
  if (!isObject(value)) return value;
  if (isSecret(value)) return plain(value["value"] ?? null);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
}

/** A value that stands for text, as text; anything else as nothing. */
export function text(value: Json | undefined): string {
  const bare = plain(value ?? "");
  return typeof bare === "string" ? bare : "";
}

export function containsSecret(value: Json): boolean {
  if (Array.isArray(value)) return value.some(containsSecret);
  return isObject(value) && (isSecret(value) || Object.values(value).some(containsSecret));
}

export function containsUnknown(value: Json): boolean {
  if (Array.isArray(value)) return value.some(containsUnknown);
  return isObject(value) ? Object.values(value).some(containsUnknown) : value === UNKNOWN;
}

/** Whether two values are the same when secret wrappers and absent or null fields are disregarded. */
export function same(left: Json | undefined, right: Json | undefined): boolean {
  return canonical(left) === canonical(right);
}

function canonical(value: Json | undefined): string {
  return JSON.stringify(value === undefined ? null : plain(value), (_key, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(
          Object.entries(inner)
            .filter(([, field]) => field !== null)
            .toSorted(([a], [b]) => (a < b ? -1 : 1)),
        )
      : inner,
  );
}
