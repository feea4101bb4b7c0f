import { z } from "zod";
import { passwordInput, tokenInput, whoseQuery } from "../inputs.ts";
import { roles } from "../roles.ts";
import type { OwnDescription } from "./own-description.ts";

const time = z.iso.datetime();
const params = z.object({ id: z.string() });
const done = { 204: { description: "Done" } };

const session = z
  .object({
    id: z.uuid(),
    address: z.string(),
    userAgent: z.string().nullable(),
    createdAt: time,
    lastSeenAt: time,
    expiresAt: time,
    current: z.boolean().describe("Whether it is the one that asks"),
  })
  .meta({ id: "Session" });
const token = z.object({
  id: z.uuid(),
  name: z.string(),
  role: z.enum(roles),
  createdAt: time,
  expiresAt: time,
  lastUsedAt: time.nullable(),
});

export const accountDescriptions = {
  changePassword: {
    summary: "Change one's own password; all other sessions end",
    tag: "Account",
    body: passwordInput,
    answers: done,
    errors: ["password.of-home", "password.wrong-current", "auth.throttled"],
  },
  listSessions: {
    summary: "List sessions",
    tag: "Account",
    query: whoseQuery,
    answers: { 200: { description: "Where one is signed in", body: z.object({ sessions: z.array(session) }) } },
    errors: ["request.unknown-id"],
  },
  endSession: { summary: "End a session", tag: "Account", params, answers: done, errors: ["request.unknown-id"] },
  endSessions: {
    summary: "End all sessions but the one that asks",
    tag: "Account",
    query: whoseQuery,
    answers: { 200: { description: "How many ended", body: z.object({ ended: z.int() }) } },
    errors: ["request.unknown-id"],
  },
  listTokens: {
    summary: "List API tokens",
    tag: "Account",
    query: whoseQuery,
    answers: { 200: { description: "The tokens, without their texts", body: z.object({ tokens: z.array(token.meta({ id: "ApiToken" })) }) } },
    errors: ["request.unknown-id"],
  },
  makeToken: {
    summary: "Make an API token for a program",
    tag: "Account",
    body: tokenInput,
    answers: { 201: { description: "The token; its text is shown this once", body: token.extend({ token: z.string() }).meta({ id: "NewApiToken" }) } },
    errors: ["token.too-much"],
  },
  revokeToken: { summary: "Revoke an API token", tag: "Account", params, answers: done, errors: ["request.unknown-id"] },
} satisfies Record<string, OwnDescription>;
