import type { TargetKind } from "./target-settings.ts";

/** How a bucket's owner counts a request: `a` changes or lists, `b` reads, `free` costs nothing where classes are told apart. */
export const operationClasses = ["a", "b", "free"] as const;
export type OperationClass = (typeof operationClasses)[number];

/**
 * The class of a request by its method and address; what is not known counts as the dearest.
 * Source: Google Cloud Storage pricing, "Operation classes" (JSON API); Cloudflare R2 pricing. OCI counts all requests alike.
 */
export function classOf(kind: TargetKind, method: string, path: string): OperationClass {
  if (method === "DELETE") return "free";
  if (method !== "GET" && method !== "HEAD") return "a";
  const { pathname, searchParams } = new URL(path, "http://bucket");
  return kind === "gs" ? classOfGoogleRead(pathname) : classOfS3Read(searchParams);
}

/** `/b/<bucket>/o` lists; anything below it, and the bucket itself, is read. */
const classOfGoogleRead = (pathname: string): OperationClass => (/\/b(\/[^/]+\/o)?\/?$/.test(pathname) ? "a" : "b");

const classOfS3Read = (query: URLSearchParams): OperationClass =>
  ["list-type", "prefix", "delimiter", "uploads", "location"].some((name) => query.has(name)) ? "a" : "b";
