import { randomBytes, randomUUID } from "node:crypto";
import type { Clock } from "@freehold/kernel/clock";
import { AppError } from "@freehold/kernel/errors";
import { jsonBody, parseInput, requireBearer } from "@freehold/kernel/http";
import type { Pool } from "@freehold/kernel/postgres";
import type { Secret } from "@freehold/kernel/secret";
import express, { type Express, type Router } from "express";
import { z } from "zod";
import type { Books } from "../books.ts";
import type { KeyRing } from "../key-ring.ts";
import type { CircuitBoard } from "../circuit-board.ts";
import type { Provider } from "../provider.ts";
import { viewProviders } from "../provider-state.ts";
import { sumUsage } from "../store/bookings.ts";
import { insertKey, listKeys, revokeKey } from "../store/keys.ts";
import { hashKey, renderKey, type VirtualKey } from "../virtual-key.ts";

export interface AdminParts {
  db: Pool;
  keys: KeyRing;
  books: Pick<Books, "flush">;
  providers: readonly Provider[];
  board: CircuitBoard;
  token: Secret;
  clock: Clock;
}

const text = (longest: number) =>
  z
    .string()
    .min(1)
    .max(longest)
    .regex(/^[^\p{Cc}\p{Cs}]*$/u, "must hold no control characters");
const newKey = z.strictObject({
  name: text(200),
  jobId: text(200).optional(),
  expiresAt: z.iso.datetime({ offset: true, error: "must be a time such as 2026-12-31T00:00:00Z" }).optional(),
});
const keyQuery = z.object({ limit: z.coerce.number().int().min(1).max(1_000).default(200), jobId: text(200).optional() });
const usageQuery = z.object({ jobId: text(200).optional() });

/** Everything for the owner's own services: keys, providers, usage. */
export function adminRoutes(app: Express, parts: AdminParts): void {
  const router = express.Router();
  router.use(requireBearer(parts.token.reveal()));
  keyRoutes(router, parts);
  providerRoutes(router, parts);
  router.get("/usage", async (request, response) => {
    const { jobId } = parseInput(usageQuery, request.query);
    // A request that has ended is in the sums, also when it is still on its way into the database.
    await parts.books.flush();
    response.json(await sumUsage(parts.db, jobId));
  });
  app.use("/admin", router);
}

function providerRoutes(router: Router, { providers, board }: AdminParts): void {
  router.get("/providers", (_request, response) => {
    const views = viewProviders(providers, board);
    response.json({ active: views.find((view) => view.active)?.name ?? null, providers: views });
  });
  // For an owner who has mended something and doesn't want to wait for the next probe.
  router.post("/providers/:name/reset", (request, response) => {
    const { name } = request.params;
    if (!providers.some((provider) => provider.name === name))
      throw new AppError("provider.no-such", `There is no provider ${name.slice(0, 100)}; GET /admin/providers lists them.`, { status: 404 });
    board.reset(name);
    response.status(204).end();
  });
}

function keyRoutes(router: Router, { db, keys, clock }: AdminParts): void {
  router.post("/keys", jsonBody(65_536), async (request, response) => {
    const { name, jobId, expiresAt } = parseInput(newKey, request.body);
    const secret = renderKey(randomBytes(32));
    const key: VirtualKey = {
      id: randomUUID(),
      name,
      jobId: jobId ?? null,
      createdAtMs: clock.now(),
      expiresAtMs: expiryOf(expiresAt, clock),
      revokedAtMs: null,
    };
    await insertKey(db, key, hashKey(secret));
    keys.add(hashKey(secret), key);
    response
      .status(201)
      .set("cache-control", "no-store")
      .json({ key: secret, ...shown(key) });
  });
  router.get("/keys", async (request, response) => void response.json({ keys: (await listKeys(db, parseKeyQuery(request.query))).map(shown) }));
  router.delete("/keys/:id", async (request, response) => {
    const { id } = request.params;
    const isKnown = z.guid().safeParse(id).success && (await revokeKey(db, id, clock.now()));
    if (!isKnown) throw new AppError("key.no-such", `There is no virtual key with the id ${id.slice(0, 100)}; GET /admin/keys lists them.`, { status: 404 });
    keys.revoke(id);
    response.status(204).end();
  });
}

function parseKeyQuery(query: unknown): { limit: number; jobId: string | undefined } {
  const { limit, jobId } = parseInput(keyQuery, query);
  return { limit, jobId };
}

function expiryOf(expiresAt: string | undefined, clock: Clock): number | null {
  if (expiresAt === undefined) return null;
  const at = Date.parse(expiresAt);
  if (at <= clock.now()) throw new AppError("key.born-expired", `expiresAt ${expiresAt} has passed already; give a time in the future.`, { status: 400 });
  return at;
}

const shown = ({ id, name, jobId, createdAtMs, expiresAtMs, revokedAtMs }: VirtualKey) => ({
  id,
  name,
  jobId,
  createdAt: new Date(createdAtMs).toISOString(),
  expiresAt: expiresAtMs === null ? null : new Date(expiresAtMs).toISOString(),
  revokedAt: revokedAtMs === null ? null : new Date(revokedAtMs).toISOString(),
});
