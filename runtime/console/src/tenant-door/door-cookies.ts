import { sessionMs } from "../sessions.ts";

/** Both are a host's own: `__Host-` makes browsers insist on Secure, on Path=/ and on no Domain. */
const passName = "__Host-freehold-pass";
const visitName = "__Host-freehold-visit";
/** Everything of the home's that a request might carry; none of it is a tenant's to see. */
const homeNames = /^__host-freehold/i;
/** Lax, so that a link from elsewhere finds its way in; what a sibling's page may send is judged by its origin, which no cookie attribute tells. */
const attributes = "Path=/; Secure; HttpOnly; SameSite=Lax";

const tokenPattern = /^[\w-]{43}$/;
/** Units: seconds. How long somebody may take to sign in on their way. */
const visitSeconds = 600;

export interface DoorCookies {
  pass: string | undefined;
  visit: string | undefined;
  /** What is left for the tenant; empty when nothing is. */
  rest: string;
}

export const passCookie = (token: string): string => `${passName}=${token}; ${attributes}; Max-Age=${sessionMs / 1_000}`;
export const visitCookie = (nonce: string): string => `${visitName}=${nonce}; ${attributes}; Max-Age=${visitSeconds}`;

/** Takes a `Cookie` header apart: what is judged and what is passed on come from one reading, so that nothing slips between two. */
export function readDoorCookies(header: string | undefined): DoorCookies {
  const pairs = (header ?? "")
    .split(";")
    .map((pair) => pair.trim())
    .filter((pair) => pair !== "");
  const nameOf = (pair: string) => (pair.split("=", 1)[0] ?? "").trim();
  const token = (name: string) => {
    const values = pairs.filter((pair) => nameOf(pair) === name).map((pair) => pair.slice(pair.indexOf("=") + 1).trim());
    return values.length === 1 && tokenPattern.test(values[0]!) ? values[0] : undefined;
  };
  return { pass: token(passName), visit: token(visitName), rest: pairs.filter((pair) => !homeNames.test(nameOf(pair))).join("; ") };
}
