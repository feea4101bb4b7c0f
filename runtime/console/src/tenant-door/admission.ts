import { timingSafeEqual } from "node:crypto";
import { AppError } from "@freehold/kernel/errors";
import type { Clock } from "@freehold/kernel/clock";
import type { Pool } from "@freehold/kernel/postgres";
import type { Secret } from "@freehold/kernel/secret";
import { sameSecret } from "@freehold/kernel/http";
import { tokenPrefix } from "../api-tokens.ts";
import type { Member } from "../members.ts";
import { sha256 } from "../sessions.ts";
import { isForeign } from "./crossing.ts";
import { originOf } from "./hosts.ts";
import { freshMs, type Door, type Doors } from "./manager-doors.ts";
import { usePass } from "./passes.ts";
import type { Visit } from "./visit.ts";

/** By what somebody is let in; kept with a stream to ask again. */
export type Credential = { kind: "token"; tokenSha256: Buffer } | { kind: "pass"; tokenSha256: Buffer };

export interface Admitted {
  door: Door;
  host: string;
  credential: Credential;
}

export interface Admissions {
  /** Who may enter; undefined for those whom nothing lets in yet. Throws: AppError for those who may not. */
  admit(visit: Visit, how?: { fresh?: boolean }): Promise<Admitted | undefined>;
  /** Whether what let somebody in would do so still. */
  holds(admitted: Admitted): Promise<boolean>;
}

export interface AdmissionParts {
  pool: Pool;
  clock: Clock;
  doors: Doors;
  publicOrigin: string;
  ownerToken: Secret;
}

/** The owner may enter every tenant; other members those that name them. */
export const mayEnter = (member: Member, { people }: Door): boolean =>
  member.role === "owner" || people.some((name) => name.toLowerCase() === member.name.toLowerCase());

/** Judges who may enter a tenant. Answers are at most a second old: so long a pass or a person may outlive being taken away. */
export function createAdmissions(parts: AdmissionParts): Admissions {
  const { doors, publicOrigin, ownerToken } = parts;
  const memberOf = createPassReader(parts);
  return {
    async admit(visit, { fresh = false } = {}) {
      const { host, bearer, cookies } = visit;
      if (host === undefined) return undefined;
      if (bearer !== undefined && (bearer.startsWith(tokenPrefix) || sameSecret(bearer, ownerToken.reveal()))) throw tokenOfHome();
      const door = await doors.find(host, { fresh });
      if (bearer !== undefined && door !== undefined && isTokenOf(door, sha256(bearer)))
        return { door, host, credential: { kind: "token", tokenSha256: sha256(bearer) } };
      if (cookies.pass === undefined) return undefined;
      const credential: Credential = { kind: "pass", tokenSha256: sha256(cookies.pass) };
      const member = await memberOf(credential.tokenSha256, host, fresh);
      if (member === undefined) return undefined;
      if (door === undefined || !mayEnter(member, door)) throw notForYou(host);
      if (isForeign(visit, originOf(host, publicOrigin))) throw foreign(host);
      return { door, host, credential };
    },
    async holds({ host, credential: { kind, tokenSha256 } }) {
      const door = await doors.find(host);
      if (door === undefined) return false;
      if (kind === "token") return isTokenOf(door, tokenSha256);
      const member = await memberOf(tokenSha256, host, false);
      return member !== undefined && mayEnter(member, door);
    },
  };
}

/** A page makes dozens of requests with one pass: the database is asked once a second. */
function createPassReader({ pool, clock }: AdmissionParts) {
  const known = new Map<string, { member: Promise<Member | undefined>; at: number }>();
  return (tokenSha256: Buffer, host: string, fresh: boolean): Promise<Member | undefined> => {
    const now = clock.now();
    const key = `${tokenSha256.toString("base64")} ${host}`;
    const last = known.get(key);
    if (!fresh && last !== undefined && now - last.at < freshMs) return last.member;
    for (const [old, { at }] of known) if (now - at >= freshMs) known.delete(old);
    const member = usePass(pool, { tokenSha256, host }, now);
    // What is not known to be good is asked again each time.
    known.set(key, { member, at: now });
    member.then(
      (found) => found === undefined && known.delete(key),
      () => known.delete(key),
    );
    return member;
  };
}

const isTokenOf = ({ tokenHash }: Door, tokenSha256: Buffer): boolean =>
  typeof tokenHash === "string" && timingSafeEqual(Buffer.from(tokenHash, "hex"), tokenSha256);

export const notForYou = (host: string): AppError =>
  new AppError("tenant.not-for-you", `There is no tenant at ${host} that you may enter. Ask the owner of this home to name you among its people.`, {
    status: 403,
  });

const foreign = (host: string) =>
  new AppError(
    "tenant.foreign-origin",
    `A page of another origin asked ${host} in your name, and was refused. Open ${host} itself; a program sends the tenant's own token instead.`,
    { status: 403 },
  );

const tokenOfHome = () =>
  new AppError(
    "tenant.home-token",
    "This is a token of the home, which must not reach a tenant; it was not passed on. Take the tenant's own token, and replace this one if it may have been seen.",
    { status: 401 },
  );
