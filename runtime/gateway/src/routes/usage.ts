import type { Clock } from "@freehold/kernel/clock";
import { parseInput, requireBearer } from "@freehold/kernel/http";
import type { Pool } from "@freehold/kernel/postgres";
import type { Secret } from "@freehold/kernel/secret";
import express, { type Express } from "express";
import { z } from "zod";
import type { Books } from "../books.ts";
import { listRequests, type BookedRequest, type Place } from "../store/request-list.ts";
import { sumByGroup } from "../store/usage-groups.ts";
import { dayOf, everyDay, groupings, lengthOf, spanUntil } from "../usage-report.ts";

export interface UsageRoutesParts {
  db: Pool;
  books: Pick<Books, "flush">;
  token: Secret;
  clock: Clock;
}

const mostDays = 366;
const mostGroups = 500;
const usualDays = 30;

const name = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[^\p{Cc}\p{Cs}]*$/u, "must hold no control characters");
// PostgreSQL has no year 0.
const day = () => z.iso.date("must be a day such as 2026-11-21").refine((text) => text >= "0001", "is before the year 1");
export const reportQuery = z.object({ by: z.enum(groupings).default("day"), from: day().optional(), to: day().optional() });
const soundSpan = z
  .object({ from: day(), to: day() })
  .refine((span) => lengthOf(span) > 0, { path: ["to"], message: "is before from" })
  .refine((span) => lengthOf(span) <= mostDays, { path: ["from"], message: `is more than ${mostDays} days before to` });
export const listQuery = z.object({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z
    .string()
    .max(400)
    .transform((text, context) => {
      const place = placeOf(text);
      if (place === undefined) context.addIssue({ code: "custom", message: "is none that this list gave; begin without one" });
      return place ?? z.NEVER;
    })
    .optional(),
  outcome: z.enum(["completed", "failed", "aborted", "interrupted"]).optional(),
  provider: name.optional(),
  model: name.optional(),
  keyId: z.guid("must be the id of a key").optional(),
  jobId: name.optional(),
});

/** What the books say, for the owner: sums by day, model, key and job, and the requests one by one. */
export function usageRoutes(app: Express, { db, books, token, clock }: UsageRoutesParts): void {
  const router = express.Router();
  router.use(requireBearer(token.reveal()));
  router.get("/usage/report", async (request, response) => {
    const { by, from, to } = parseInput(reportQuery, request.query);
    const standard = spanUntil(to ?? dayOf(clock.now()), usualDays);
    const span = parseInput(soundSpan, { from: from ?? standard.from, to: standard.to });
    await books.flush();
    const groups = await sumByGroup(db, by, span, mostGroups);
    response.json({ by, ...span, groups: by === "day" ? everyDay(groups, span) : groups });
  });
  router.get("/requests", async (request, response) => {
    const { limit, cursor, ...filter } = parseInput(listQuery, request.query);
    await books.flush();
    const found = await listRequests(db, filter, { after: cursor, limit: limit + 1 });
    const requests = found.slice(0, limit);
    const last = requests.at(-1);
    response.json({ requests, nextCursor: found.length > limit && last !== undefined ? cursorOf(last) : null });
  });
  app.use("/admin", router);
}

const cursorOf = ({ startedAt, id }: BookedRequest): string => Buffer.from(`${startedAt.toISOString()} ${id}`).toString("base64url");

function placeOf(cursor: string): Place | undefined {
  const [, startedAt, id] = /^((?!0000)\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) ([!-~]{1,200})$/.exec(Buffer.from(cursor, "base64url").toString()) ?? [];
  return startedAt === undefined || id === undefined || Number.isNaN(Date.parse(startedAt)) ? undefined : { startedAt, id };
}
