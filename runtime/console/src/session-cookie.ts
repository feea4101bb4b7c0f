import { sessionMs } from "./sessions.ts";

/** The `__Host-` prefix makes browsers insist on Secure, on Path=/ and on no Domain: no other host can plant this cookie. */
const name = "__Host-freehold";
const attributes = "Path=/; Secure; HttpOnly; SameSite=Strict";

export const sessionCookie = (token: string): string => `${name}=${token}; ${attributes}; Max-Age=${sessionMs / 1_000}`;
export const endedCookie = (): string => `${name}=; ${attributes}; Max-Age=0`;

/** The session's token in a `Cookie` header, if it has the form that we give out. */
export function tokenOf(header: string | undefined): string | undefined {
  const pairs = (header ?? "").split(";").map((pair) => pair.trim().split("="));
  const token = pairs.find(([key]) => key === name)?.[1];
  return token !== undefined && /^[\w-]{43}$/.test(token) ? token : undefined;
}
