import { Router, type Express } from "express";

interface Layer {
  route?: { path: string; methods: Record<string, boolean> };
  handle: { stack?: Layer[] };
}

const methods = ["get", "post", "put", "patch", "delete"];
/** What every service has, for the home's own machinery. */
const common = /^\/(health|health\/ready|metrics|openapi\.json)$/;

/** Every route of an app as `GET /jobs/:id`, by asking express itself. Express forgets where a router was mounted, so the app is built under watch. */
export function routesOf(build: () => Express): string[] {
  const prototype = Router.prototype as { use: (...given: unknown[]) => unknown };
  const plainUse = prototype.use;
  const mountedAt = new Map<Layer, string>();
  prototype.use = function use(this: { stack: Layer[] }, ...given: unknown[]) {
    const before = this.stack.length;
    const result = plainUse.apply(this, given);
    for (const layer of this.stack.slice(before)) mountedAt.set(layer, typeof given[0] === "string" ? given[0] : "");
    return result;
  };
  try {
    const { stack } = build().router as unknown as { stack: Layer[] };
    return [...new Set(walk(stack, "", mountedAt))].filter((route) => !common.test(route.split(" ")[1] ?? "")).toSorted();
  } finally {
    prototype.use = plainUse;
  }
}

function walk(stack: readonly Layer[], prefix: string, mountedAt: ReadonlyMap<Layer, string>): string[] {
  return stack.flatMap((layer) => {
    if (layer.route !== undefined) return namesOf(layer.route, prefix);
    const mount = mountedAt.get(layer) ?? "";
    return layer.handle.stack === undefined ? [] : walk(layer.handle.stack, prefix + (mount === "/" ? "" : mount), mountedAt);
  });
}

function namesOf({ path, methods: taken }: { path: string; methods: Record<string, boolean> }, prefix: string): string[] {
  return methods.filter((method) => taken[method]).map((method) => `${method.toUpperCase()} ${prefix}${path === "/" && prefix !== "" ? "" : path}`);
}

/** Stands for whatever a router is given while it is built but not asked: every property and every call gives the same again. */
export function inert<T>(): T {
  const thing: object = new Proxy(() => undefined, {
    get: (_target, name) => (name === Symbol.toPrimitive ? () => "" : thing),
    apply: () => thing,
  });
  return thing as T;
}

/** What an app serves and nobody describes, and what is described and not served. */
export function describedAndServed(
  descriptions: readonly { method: string; path: string }[],
  build: () => Express,
): { undescribed: string[]; unserved: string[] } {
  const served = routesOf(build);
  const described = descriptions.map(({ method, path }) => `${method.toUpperCase()} ${path}`);
  return { undescribed: served.filter((route) => !described.includes(route)), unserved: described.filter((route) => !served.includes(route)) };
}
