import { randomUUID } from "node:crypto";
import { messageOf } from "@freehold/kernel/errors";
import { jsonBody, parseInput } from "@freehold/kernel/http";
import { inTransaction } from "@freehold/kernel/postgres";
import { Router } from "express";
import { z } from "zod";
import { channelSettings, channelTerms } from "../notices/channel-settings.ts";
import { deleteChannel, insertChannel, listChannels, requireChannel, settingsOf, storeChannel, toChannel } from "../notices/channel-store.ts";
import { insertTest, listDeliveries, retryDelivery } from "../notices/delivery-store.ts";
import { sendNotice } from "../notices/sender.ts";
import type { Parts } from "../parts.ts";

export const params = z.object({ id: z.uuid() });
const number = z.string().regex(/^\d{1,18}$/);
export const deliveryParams = z.object({ id: number });
const cursor = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,100}$/)
  .transform((text) => Buffer.from(text, "base64url").toString())
  .pipe(number);
export const deliveryQuery = z.object({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: cursor.optional(),
  channel: z.uuid().optional(),
  state: z.enum(["pending", "delivered", "dead"]).optional(),
});
const body = jsonBody(65_536);
export const noFields = z.strictObject({});
const anyFields = z.looseObject({});

/** What a channel is and what it wants, told apart: its settings are checked by its kind. Throws: AppError `request.invalid`. */
function readChannel(input: Record<string, unknown>) {
  const { name, events, enabled, ...settings } = input;
  return { ...parseInput(channelTerms, { name, events, ...(enabled === undefined ? {} : { enabled }) }), settings: parseInput(channelSettings, settings) };
}

/** Channels, their tests, and what was delivered. */
export function noticeRoutes(parts: Parts): Router {
  const router = Router();
  addChannels(router, parts);
  addDeliveries(router, parts);
  router.get("/signing-secret", (_request, response) => void response.json({ secret: parts.sender.keys.signingSecret }));
  return router;
}

function addChannels(router: Router, { pool, sender, log }: Parts): void {
  const { sealer } = sender.keys;
  const idOf = (input: unknown) => parseInput(params, input).id;
  router.get("/channels", async (_request, response) => void response.json({ channels: (await listChannels(pool)).map(toChannel) }));
  router.post("/channels", body, async (request, response) => {
    const made = await insertChannel(pool, sealer, { id: randomUUID(), ...readChannel(parseInput(anyFields, request.body)) });
    log.info("channel.created", { channelId: made.id, kind: made.kind });
    response.status(201).location(`/api/notices/channels/${made.id}`).json(toChannel(made));
  });
  router.get("/channels/:id", async (request, response) => void response.json(toChannel(await requireChannel(pool, idOf(request.params)))));
  router.patch("/channels/:id", body, async (request, response) => {
    const id = idOf(request.params);
    const change = parseInput(anyFields, request.body);
    const changed = await inTransaction(pool, async (client) => {
      const row = await requireChannel(client, id, { lock: true });
      // Another kind has other settings; of the same kind, what isn't given stays, secrets included.
      const kept = change["kind"] === undefined || change["kind"] === row.kind ? settingsOf(sealer, row) : {};
      const wanted = { name: row.name, events: row.events, enabled: row.enabled, ...kept, ...change };
      return storeChannel(client, sealer, { id, ...readChannel(withoutNulls(wanted)) });
    });
    log.info("channel.changed", { channelId: id });
    response.json(toChannel(changed));
  });
  router.delete("/channels/:id", async (request, response) => {
    await deleteChannel(pool, idOf(request.params));
    response.status(204).end();
  });
  router.post("/channels/:id/test", body, async (request, response) => {
    parseInput(noFields, request.body);
    const row = await requireChannel(pool, idOf(request.params));
    const messageId = randomUUID();
    const notice = { id: messageId, kind: "test", at: new Date(sender.clock.now()).toISOString() } as const;
    const error = await sendNotice(sender, settingsOf(sealer, row), notice, row.name).then(() => null, messageOf);
    await insertTest(pool, row.id, { messageId, error });
    response.json({ delivered: error === null, error });
  });
}

/** Null takes away what may be left out. */
const withoutNulls = (fields: Record<string, unknown>) => Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));

function addDeliveries(router: Router, { pool }: Parts): void {
  router.get("/deliveries", async (request, response) => {
    const { limit, cursor: before, channel, state } = parseInput(deliveryQuery, request.query);
    const found = await listDeliveries(pool, { limit: limit + 1, before, channelId: channel, state });
    const last = found.length > limit ? found[limit - 1] : undefined;
    response.json({ deliveries: found.slice(0, limit), nextCursor: last === undefined ? null : Buffer.from(last.id).toString("base64url") });
  });
  router.post("/deliveries/:id/retry", body, async (request, response) => {
    parseInput(noFields, request.body);
    await retryDelivery(pool, parseInput(deliveryParams, request.params).id);
    response.status(202).json({});
  });
}
