import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";
import { readDoorCookies, type DoorCookies } from "./door-cookies.ts";
import type { Provenance } from "./crossing.ts";
import { hostNameOf } from "./hosts.ts";

/** What the door knows of a request at a tenant's host. */
export interface Visit extends Provenance {
  host: string | undefined;
  /** Path and query, as they were sent. */
  uri: string;
  cookies: DoorCookies;
  /** The token of `Authorization: Bearer`. */
  bearer: string | undefined;
  /** Whether a person waits for a page. */
  isNavigation: boolean;
  /** The caller's address as the tenant is told. */
  client: string;
}

/** OpenClaw refuses requests that a proxy forwards for a loopback address. Source: RFC 5737, an address for documentation, which nobody has. */
const addressOfThisMachine = "203.0.113.9";

/** Reads a request that Caddy passes on whole, or whose method and address it names when it only asks. */
export function visitOf(request: IncomingMessage, { asked }: { asked: boolean }): Visit {
  const header = (name: string) => {
    const value = request.headers[name];
    return typeof value === "string" && value !== "" ? value : undefined;
  };
  const method = (asked ? header("x-forwarded-method") : request.method) ?? "GET";
  const isUpgrade = header("upgrade") !== undefined;
  const fetchMode = header("sec-fetch-mode");
  const wantsPage = fetchMode === undefined ? /\btext\/html\b/.test(header("accept") ?? "") : fetchMode === "navigate";
  return {
    host: hostNameOf(header("host")),
    method,
    isUpgrade,
    uri: (asked ? header("x-forwarded-uri") : request.url) ?? "/",
    cookies: readDoorCookies(header("cookie")),
    bearer: /^Bearer (.+)$/i.exec(header("authorization") ?? "")?.[1],
    origin: header("origin"),
    fetchSite: header("sec-fetch-site"),
    fetchMode,
    fetchDest: header("sec-fetch-dest"),
    isNavigation: method === "GET" && !isUpgrade && wantsPage,
    client: clientOf(header("x-forwarded-for")),
  };
}

/** Caddy replaces what a client says of its own address, so that one address is all there is. */
function clientOf(forwardedFor: string | undefined): string {
  const address = (forwardedFor ?? "").split(",").at(-1)!.trim();
  return isIP(address) === 0 || /^(127\.|::1$|::ffff:127\.)/.test(address) ? addressOfThisMachine : address;
}
