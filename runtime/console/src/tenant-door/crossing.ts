/** What a browser says of where a request comes from. */
export interface Provenance {
  method: string;
  isUpgrade: boolean;
  origin: string | undefined;
  fetchSite: string | undefined;
  fetchMode: string | undefined;
  fetchDest: string | undefined;
}

const harmless = new Set(["GET", "HEAD", "OPTIONS"]);

/**
 * Whether a request that a cookie speaks for was made by pages of another origin. Tenants are each other's siblings: their pages are same-site,
 * so that SameSite cookies go along with whatever they send. Only what the browser says of the origin tells them apart.
 * A person may follow a link from anywhere; nothing else crosses.
 */
export function isForeign({ method, isUpgrade, origin, fetchSite, fetchMode, fetchDest }: Provenance, ownOrigin: string): boolean {
  // Handshakes of WebSockets always name their origin, and no same-origin rule holds for them.
  if (isUpgrade) return origin !== ownOrigin;
  if (origin !== undefined && origin !== "null" && origin !== ownOrigin) return true;
  if (!harmless.has(method)) return fetchSite === undefined ? origin !== ownOrigin : fetchSite !== "same-origin";
  if (fetchSite === undefined) return origin === "null";
  if (fetchSite === "same-origin" || fetchSite === "none") return false;
  return !(method === "GET" && fetchMode === "navigate" && fetchDest === "document");
}
