import { z } from "zod";
import { outcomes } from "./audit.ts";
import { roles } from "./roles.ts";
import { hostNameOf } from "./tenant-door/hosts.ts";

const dayHours = 24;

/** What a member is called, and signs in with. Look-alikes of one name are one name (NFKC). */
const memberName = z
  .string()
  .transform((text) => text.normalize("NFKC").trim())
  .pipe(
    z
      .string()
      .min(1, "is empty")
      .max(64, "has more than 64 characters")
      .regex(/^[\p{L}\p{N}][\p{L}\p{M}\p{N} ._@+-]*$/u, "may hold letters, digits, spaces and . _ @ + - alone, and begins with a letter or digit")
      .refine((name) => !/^(owner|anonymous)$/i.test(name), "is kept for the home itself; take another"),
  );

const anyPassword = z.string().min(1, "is empty").max(1_000, "has more than 1000 characters");
const newPassword = z.string().min(10, "has fewer than 10 characters; a few words make a good one").max(1_000, "has more than 1000 characters");
const linkToken = z.string().regex(/^[\w-]{43}$/, "is no token of a link; open the whole link");
const label = z
  .string()
  .trim()
  .min(1, "is empty")
  .max(100, "has more than 100 characters")
  .regex(/^[^\p{Cc}\p{Cs}]*$/u, "must hold no control characters");
const memberRole = z.enum(["viewer", "operator"]);

export const signInInput = z.strictObject({ name: z.string().max(100, "has more than 100 characters").default("owner"), password: anyPassword });
export const passwordInput = z.strictObject({ current: anyPassword, password: newPassword });
export const inviteInput = z.strictObject({
  name: memberName,
  role: memberRole,
  expiresInHours: z
    .int()
    .min(1)
    .max(30 * dayHours)
    .default(3 * dayHours),
});
export const lookInput = z.strictObject({ token: linkToken });
export const acceptInput = z.strictObject({ token: linkToken, password: newPassword });
export const changeMemberInput = z.strictObject({ role: memberRole });
export const linkPasswordInput = z.strictObject({
  expiresInHours: z
    .int()
    .min(1)
    .max(7 * dayHours)
    .default(dayHours),
});
export const tokenInput = z.strictObject({ name: label, role: z.enum(roles).optional(), expiresInDays: z.int().min(1).max(366).default(90) });

/** Whose sessions or tokens are meant; one's own unless named. */
export const whoseQuery = z.strictObject({ member: z.string().max(100).optional() });

const moment = z.iso.datetime({ offset: true }).transform((text) => new Date(text));
export const auditQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z
    .string()
    .regex(/^\d{1,18}$/, "is no cursor of this list")
    .optional(),
  search: z.string().max(200, "has more than 200 characters").optional(),
  outcome: z.enum(outcomes).optional(),
  member: z.string().max(100).optional(),
  from: moment.optional(),
  to: moment.optional(),
});

export const chartsQuery = z.strictObject({ hours: z.coerce.number().int().min(1).max(720).default(24) });

const nameOfModel = (longest: number) =>
  z
    .string()
    .min(1, "is empty")
    .max(longest)
    .regex(/^[^\p{Cc}\p{Cs}]*$/u, "must hold no control characters");

export const trialInput = z.strictObject({
  model: nameOfModel(200),
  prompt: z.string().trim().min(1, "is empty").max(100_000, "has more than 100,000 characters"),
  system: z.string().trim().min(1).max(20_000, "has more than 20,000 characters").optional(),
  maxTokens: z.int().min(1).max(64_000).default(1_024),
  provider: nameOfModel(100).optional(),
});

/** What a notice's link carries. */
export const answerLinkInput = z.strictObject({ token: z.string().max(2_000, "has more than 2000 characters"), decision: z.enum(["allow", "deny"]) });

/** Where somebody wants to go, and the SHA-256 of the nonce that their browser holds there. */
export const enterTenantInput = z.strictObject({
  host: z
    .string()
    .max(253, "has more than 253 characters")
    .refine((host) => hostNameOf(host) === host, "is no name of a host"),
  path: z.string().max(8_000, "has more than 8000 characters").default("/"),
  visit: z.string().regex(/^[\w-]{43}$/, "is no SHA-256 as base64url; open the tenant's own address"),
});
