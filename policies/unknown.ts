/**
 * Stands for a value that a preview can't know yet. Whatever is read from it, called on it or iterated over is unknown too,
 * so a fact that was derived from it can't look like a known one; arithmetic and text with it throw.
 */
export const UNKNOWN: unknown = new Proxy(() => {}, {
  get: (_target, key) => (key === Symbol.iterator ? () => [UNKNOWN].values() : UNKNOWN),
  apply: () => UNKNOWN,
  ownKeys: () => ["*"],
  getOwnPropertyDescriptor: () => ({ configurable: true, enumerable: true, value: UNKNOWN }),
});

/**
 * A plain copy of a resource's properties, with UNKNOWN where the engine doesn't know a value.
 * Pulumi's runner hands out properties that throw when such a value is read, which would turn a mandatory policy into a remark.
 */
export function plainCopy(value: unknown): unknown {
  if (Array.isArray(value)) return Array.from({ length: value.length }, (_, index) => read(value, index));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.keys(value).map((key) => [key, read(value, key)]));
}

function read(owner: object, key: PropertyKey): unknown {
  let value: unknown;
  try {
    value = Reflect.get(owner, key);
  } catch {
    return UNKNOWN;
  }
  return plainCopy(value);
}

/** Where in some facts a value is unknown. Shape: `mounts.0.source`. */
export function unknownPaths(facts: object): string[] {
  return Object.entries(facts).flatMap(([key, value]: [string, unknown]) => {
    if (value === UNKNOWN) return [key];
    return typeof value === "object" && value !== null ? unknownPaths(value).map((path) => `${key}.${path}`) : [];
  });
}
