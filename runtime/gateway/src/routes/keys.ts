import { randomBytes, randomUUID } from "node:crypto";
import type { Clock } from "@freehold/kernel/clock";
import { AppError } from "@freehold/kernel/errors";
import { jsonBody, parseInput } from "@freehold/kernel/http";
import type { Log } from "@freehold/kernel/log";
import type { Pool } from "@freehold/kernel/postgres";
import type { Response, Router } from "express";
import { z } from "zod";
import type { Books } from "../books.ts";
import { periodIdsAt } from "../budgets/budget.ts";
import { keyRulesSchema, type KeyRules } from "../key-rules.ts";
import type { KeyRing } from "../key-ring.ts";
import { findKey, insertKey, listKeys, replaceText, revokeKey, updateKey } from "../store/keys.ts";
import { sumSubject } from "../store/sums.ts";
import { hashKey, renderKey, type VirtualKey } from "../virtual-key.ts";
import type { BodyLog } from "../body-log/body-log.ts";
import { mustBeOn } from "./bodies.ts";
import { text } from "./fields.ts";

export interface KeyRoutesParts {
  db: Pool;
  keys: KeyRing;
  books: Pick<Books, "flush">;
  bodies: BodyLog;
  log: Log;
  clock: Clock;
}

const time = () => z.iso.datetime({ offset: true, error: "must be a time such as 2026-12-31T00:00:00Z" });
const ruleFields = keyRulesSchema.unwrap().shape;
const ruleNames = Object.keys(ruleFields) as (keyof KeyRules)[];
export const newKey = z.strictObject({
  name: text(200),
  jobId: text(200).optional(),
  tenant: text(200).optional(),
  expiresAt: time().optional(),
  ...ruleFields,
});
export const changedKey = z.strictObject({
  name: text(200).optional(),
  tenant: text(200).nullish(),
  expiresAt: time().nullish(),
  limits: ruleFields.limits.nullable(),
  budget: ruleFields.budget.nullable(),
  models: ruleFields.models.nullable(),
  providers: ruleFields.providers.nullable(),
  cache: ruleFields.cache.nullable(),
  keepBodies: ruleFields.keepBodies.nullable(),
});
export const rotation = z.strictObject({ graceSeconds: z.int().min(0).max(2_592_000).default(86_400) });
export const keyQuery = z.object({
  limit: z.coerce.number().int().min(1).max(1_000).default(200),
  jobId: text(200).optional(),
  of: z.enum(["owner", "jobs"]).optional(),
  live: z
    .enum(["true", "false"])
    .transform((word) => word === "true")
    .optional(),
});

/** Makes, shows, changes, replaces and revokes virtual keys. */
export function keyRoutes(router: Router, parts: KeyRoutesParts): void {
  const { db, keys, clock, log } = parts;
  router.post("/keys", jsonBody(65_536), async (request, response) => {
    const { name, jobId, tenant, expiresAt, ...rules } = parseInput(newKey, request.body);
    if (rules.keepBodies === true) mustBeOn(parts.bodies);
    const secret = renderKey(randomBytes(32));
    const key: VirtualKey = {
      id: randomUUID(),
      name,
      jobId: jobId ?? null,
      createdAtMs: clock.now(),
      expiresAtMs: expiryOf(expiresAt, clock),
      revokedAtMs: null,
      ...(tenant === undefined ? {} : { tenant }),
      ...rulesOf(rules),
    };
    await insertKey(db, key, hashKey(secret));
    keys.add(hashKey(secret), key);
    log.info("key.made", { keyId: key.id });
    showSecret(response, secret, key);
  });
  router.get("/keys", async (request, response) => {
    const { limit, jobId, of, live } = parseInput(keyQuery, request.query);
    response.json({ keys: (await listKeys(db, { limit, jobId, of, live, now: clock.now() })).map(shown) });
  });
  router.get("/keys/:id", async (request, response) => {
    const key = await known(idOf(request.params), (id) => findKey(db, id));
    response.json({ ...shown(key), use: await useOf(parts, key.id) });
  });
  changeRoutes(router, parts);
}

function changeRoutes(router: Router, { db, keys, bodies, clock, log }: KeyRoutesParts): void {
  router.patch("/keys/:id", jsonBody(65_536), async (request, response) => {
    const change = parseInput(changedKey, request.body);
    if (change.keepBodies === true) mustBeOn(bodies);
    const key = await known(idOf(request.params), (id) => updateKey(db, id, (before) => changed(before, change, clock)));
    keys.changed(key.id);
    log.info("key.changed", { keyId: key.id, fields: Object.keys(change) });
    response.json(shown(key));
  });
  router.post("/keys/:id/rotate", jsonBody(1_024), async (request, response) => {
    const { graceSeconds } = parseInput(rotation, request.body);
    const key = await known(idOf(request.params), (id) => findKey(db, id));
    if (key.revokedAtMs !== null) throw new AppError("key.is-revoked", `The key ${key.id} is revoked; make another one instead.`, { status: 409 });
    const secret = renderKey(randomBytes(32));
    const graceEndsMs = clock.now() + graceSeconds * 1_000;
    await replaceText(db, key.id, { hash: hashKey(secret), graceEndsMs });
    keys.changed(key.id);
    log.info("key.rotated", { keyId: key.id, graceSeconds });
    showSecret(response, secret, key, { previousValidUntil: new Date(graceEndsMs).toISOString() });
  });
  router.delete("/keys/:id", async (request, response) => {
    const id = await known(idOf(request.params), async (given) => ((await revokeKey(db, given, clock.now())) ? given : undefined));
    keys.revoke(id);
    log.info("key.revoked", { keyId: id });
    response.status(204).end();
  });
}

const idOf = (params: { id?: string | string[] }): string => String(params.id);

/** Throws: AppError `key.no-such`. */
async function known<T>(id: string, find: (id: string) => Promise<T | undefined>): Promise<T> {
  const found = z.guid().safeParse(id).success ? await find(id) : undefined;
  if (found === undefined)
    throw new AppError("key.no-such", `There is no virtual key with the id ${id.slice(0, 100)}; GET /admin/keys lists them.`, { status: 404 });
  return found;
}

/** A field that is given replaces the old one, and null takes it away. */
function changed(key: VirtualKey, change: z.output<typeof changedKey>, clock: Clock): VirtualKey {
  const { rules: oldRules, tenant: oldTenant, ...rest } = key;
  const tenant = change.tenant === undefined ? oldTenant : (change.tenant ?? undefined);
  const rules = { ...oldRules, ...Object.fromEntries(ruleNames.filter((name) => change[name] !== undefined).map((name) => [name, change[name] ?? undefined])) };
  return {
    ...rest,
    name: change.name ?? key.name,
    expiresAtMs: change.expiresAt === undefined ? key.expiresAtMs : expiryOf(change.expiresAt ?? undefined, clock),
    ...(tenant === undefined ? {} : { tenant }),
    ...rulesOf(rules),
  };
}

const standardRules: Readonly<Record<string, unknown>> = { cache: true, keepBodies: false };

/** Rules that restrict nothing are left out, so that their keys cost a call nothing. */
function rulesOf(rules: KeyRules): { rules?: KeyRules } {
  const stated = Object.fromEntries(
    Object.entries(rules).filter(
      ([name, rule]) => rule !== undefined && rule !== standardRules[name] && !(typeof rule === "object" && Object.keys(rule).length === 0),
    ),
  );
  return Object.keys(stated).length === 0 ? {} : { rules: stated };
}

function expiryOf(expiresAt: string | undefined, clock: Clock): number | null {
  if (expiresAt === undefined) return null;
  const at = Date.parse(expiresAt);
  if (at <= clock.now()) throw new AppError("key.born-expired", `expiresAt ${expiresAt} has passed already; give a time in the future.`, { status: 400 });
  return at;
}

/** What a key has used today and this month. Units: US dollars. */
async function useOf({ db, books, clock }: KeyRoutesParts, id: string): Promise<{ requestsToday: number; dayUsd: number; monthUsd: number }> {
  await books.flush();
  const { requestsToday, spent } = await sumSubject(db, `key:${id}`, periodIdsAt(clock.now()));
  return { requestsToday, dayUsd: spent.day / 1e9, monthUsd: spent.month / 1e9 };
}

function showSecret(response: Response, secret: string, key: VirtualKey, more: object = {}): void {
  response
    .status(201)
    .set("cache-control", "no-store")
    .json({ key: secret, ...shown(key), ...more });
}

const shown = ({ id, name, jobId, tenant, rules, createdAtMs, expiresAtMs, revokedAtMs }: VirtualKey) => ({
  id,
  name,
  jobId,
  tenant: tenant ?? null,
  limits: rules?.limits ?? null,
  budget: rules?.budget ?? null,
  models: rules?.models ?? null,
  providers: rules?.providers ?? null,
  cache: rules?.cache ?? true,
  keepBodies: rules?.keepBodies ?? false,
  createdAt: new Date(createdAtMs).toISOString(),
  expiresAt: expiresAtMs === null ? null : new Date(expiresAtMs).toISOString(),
  revokedAt: revokedAtMs === null ? null : new Date(revokedAtMs).toISOString(),
});
