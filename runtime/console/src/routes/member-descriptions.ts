import { z } from "zod";
import { acceptInput, changeMemberInput, inviteInput, linkPasswordInput, lookInput } from "../inputs.ts";
import { roles } from "../roles.ts";
import type { OwnDescription } from "./own-description.ts";

const tag = "Members";
const time = z.iso.datetime();
const params = z.object({ id: z.string() });
const done = { 204: { description: "Done" } };
const role = z.enum(roles);
const link = z.string().describe("To be given to the person; it works once");

const who = z.object({ id: z.string(), name: z.string(), role });
const member = who.extend({ createdAt: time, lastSeenAt: time.nullable(), sessions: z.int(), tokens: z.int() }).meta({ id: "Member" });
const kind = z.enum(["member", "password"]);
const invitation = z.object({ id: z.uuid(), name: z.string(), role, kind, createdAt: time, createdBy: z.string(), expiresAt: time }).meta({ id: "Invitation" });

export const memberDescriptions = {
  listMembers: { summary: "List members", tag, answers: { 200: { description: "The members", body: z.object({ members: z.array(member) }) } } },
  changeMember: {
    summary: "Give a member another role",
    tag,
    params,
    body: changeMemberInput,
    answers: { 200: { description: "The member", body: who } },
    errors: ["request.unknown-id", "member.is-owner"],
  },
  removeMember: { summary: "Remove a member", tag, params, answers: done, errors: ["request.unknown-id", "member.is-owner"] },
  linkPassword: {
    summary: "Make a link by which a member sets another password",
    tag,
    params,
    body: linkPasswordInput,
    answers: { 201: { description: "The link", body: z.object({ id: z.uuid(), name: z.string(), expiresAt: time, link }) } },
    errors: ["request.unknown-id", "member.is-owner"],
  },
  listInvitations: {
    summary: "List open invitations",
    tag,
    answers: { 200: { description: "The invitations", body: z.object({ invitations: z.array(invitation) }) } },
  },
  invite: {
    summary: "Invite somebody",
    tag,
    body: inviteInput,
    answers: { 201: { description: "The link", body: z.object({ id: z.uuid(), name: z.string(), role, expiresAt: time, link }) } },
    errors: ["member.name-taken"],
  },
  revokeInvitation: { summary: "Take an invitation back", tag, params, answers: done, errors: ["request.unknown-id"] },
  lookAtInvitation: {
    summary: "Ask what a link is for",
    tag,
    body: lookInput,
    answers: { 200: { description: "What it is for", body: z.object({ name: z.string(), role, kind, expiresAt: time }) } },
    errors: ["invitation.over"],
  },
  acceptInvitation: {
    summary: "Accept an invitation; the answer sets the session's cookie",
    tag,
    body: acceptInput,
    answers: done,
    errors: ["invitation.over", "invitation.name-taken"],
  },
} satisfies Record<string, OwnDescription>;
