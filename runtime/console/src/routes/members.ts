import type { Request } from "express";
import { AppError } from "@freehold/kernel/errors";
import { parseInput } from "@freehold/kernel/http";
import { noteCaller, noteDetail } from "../audit.ts";
import { callerOf } from "../callers.ts";
import { acceptInput, changeMemberInput, inviteInput, linkPasswordInput, lookInput } from "../inputs.ts";
import { acceptInvitation, createInvitation, listInvitations, lookAtInvitation, revokeInvitation, type NewInvitation } from "../invitations.ts";
import { changeRole, findMember, isNameTaken, listMembers, removeMember, type Member } from "../members.ts";
import { sessionCookie } from "../session-cookie.ts";
import { createSession } from "../sessions.ts";
import { addressKey } from "../throttle.ts";
import type { AccountParts } from "./account.ts";
import type { Handlers } from "./own.ts";
import { noSuch, uuidOf } from "./uuid.ts";

type MemberHandlers = Pick<Handlers, "listMembers" | "changeMember" | "removeMember" | "linkPassword">;
type InvitationHandlers = Pick<Handlers, "listInvitations" | "invite" | "revokeInvitation" | "lookAtInvitation" | "acceptInvitation">;

const hourMs = 60 * 60_000;

export interface MembersParts extends AccountParts {
  publicOrigin: string;
}

/** Behind the `#`: browsers keep it to themselves, so that it stands in no log. */
const linkOf = (publicOrigin: string, token: string) => `${publicOrigin}/invitation#${token}`;

/** Who is a member, and what each may do. */
export function memberHandlers({ pool, clock, newId, newToken, publicOrigin }: MembersParts): MemberHandlers {
  return {
    async listMembers(_request, response) {
      response.json({ members: await listMembers(pool, clock.now()) });
    },
    async changeMember(request, response) {
      const { role } = parseInput(changeMemberInput, request.body);
      const member = await otherThanOwner(request);
      if (!(await changeRole(pool, member.id, role))) throw noSuch("member", "GET /api/members");
      noteDetail(response, `${member.name}: ${member.role} to ${role}`);
      response.json({ ...member, role });
    },
    async removeMember(request, response) {
      const member = await otherThanOwner(request);
      if (!(await removeMember(pool, member.id, clock.now()))) throw noSuch("member", "GET /api/members");
      noteDetail(response, `${member.name}, ${member.role}`);
      response.status(204).end();
    },
    async linkPassword(request, response) {
      const { expiresInHours } = parseInput(linkPasswordInput, request.body);
      const { id: memberId, name, role } = await otherThanOwner(request);
      const expiresAt = new Date(clock.now() + expiresInHours * hourMs);
      const link = { id: newId(), token: newToken(), name, role: role as NewInvitation["role"], memberId, createdBy: callerOf(response).member.id, expiresAt };
      await createInvitation(pool, link, clock.now());
      noteDetail(response, name);
      response.status(201).json({ id: link.id, name, expiresAt, link: linkOf(publicOrigin, link.token) });
    },
  };

  async function otherThanOwner(request: Request): Promise<Member> {
    const member = await findMember(pool, String(request.params["id"]));
    if (member === undefined) throw noSuch("member", "GET /api/members");
    if (member.role === "owner") throw ownerStays();
    return member;
  }
}

/** Letting new members in, by links that work once. */
export function invitationHandlers({ pool, clock, passwords, newId, newToken, publicOrigin }: MembersParts): InvitationHandlers {
  return {
    async listInvitations(_request, response) {
      response.json({ invitations: await listInvitations(pool, clock.now()) });
    },
    async invite(request, response) {
      const { name, role, expiresInHours } = parseInput(inviteInput, request.body);
      if (await isNameTaken(pool, name, clock.now())) throw nameTaken(name);
      const expiresAt = new Date(clock.now() + expiresInHours * hourMs);
      const made = { id: newId(), token: newToken(), name, role, createdBy: callerOf(response).member.id, expiresAt };
      await createInvitation(pool, made, clock.now());
      noteDetail(response, `${name}, ${role}`);
      response.status(201).json({ id: made.id, name, role, expiresAt, link: linkOf(publicOrigin, made.token) });
    },
    async revokeInvitation(request, response) {
      const id = uuidOf(request);
      if (id === undefined || !(await revokeInvitation(pool, id, clock.now()))) throw noSuch("invitation", "GET /api/invitations");
      response.status(204).end();
    },
    async lookAtInvitation(request, response) {
      const { token } = parseInput(lookInput, request.body);
      const { name, role, kind, expiresAt } = await lookAtInvitation(pool, token, clock.now());
      response.json({ name, role, kind, expiresAt });
    },
    async acceptInvitation(request, response) {
      const { token, password } = parseInput(acceptInput, request.body);
      // A link that is over costs no hashing, which strangers could have the house do at will.
      await lookAtInvitation(pool, token, clock.now());
      const member = await acceptInvitation(pool, { token, password: await passwords.hash(password), newId: newId() }, clock.now());
      noteCaller(response, { by: "session", member });
      const session = { token: newToken(), memberId: member.id, address: addressKey(request.ip), userAgent: request.get("user-agent") };
      await createSession(pool, session, clock.now());
      response.append("set-cookie", sessionCookie(session.token)).status(204).end();
    },
  };
}

const ownerStays = () =>
  new AppError("member.is-owner", "The owner of the home can't be removed, given another role or a link. Their password is shown by `npx freehold password`.", {
    status: 409,
  });

const nameTaken = (name: string) =>
  new AppError("member.name-taken", `${name} is a member or is invited already. Take another name, or take the invitation back first.`, { status: 409 });
