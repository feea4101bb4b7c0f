import { type Delivery, noticeKinds } from "@freehold/kernel/api/notice";
import type { RouteDescription } from "@freehold/kernel/openapi";
import { z } from "zod";
import { channelSettings, channelTerms } from "../notices/channel-settings.ts";
import { nextCursor, time } from "./job-answers.ts";
import { deliveryParams, deliveryQuery, noFields, params } from "./notices.ts";

const tag = "Notices";
const kind = z.enum(["ntfy", "slack", "webhook", "mail"]);
const channel = z
  .looseObject({
    id: z.uuid(),
    name: z.string(),
    kind,
    events: z.array(z.enum(noticeKinds)),
    enabled: z.boolean(),
    createdAt: time,
    updatedAt: time,
    target: z.string(),
    secrets: z.array(z.string()).describe("The names of those that are set"),
  })
  .meta({ id: "Channel", description: "With those of its settings that are no secret." });
const delivery: z.ZodType<Delivery> = z
  .object({
    id: z.string(),
    messageId: z.string(),
    kind: z.enum([...noticeKinds, "test"]),
    at: time,
    jobId: z.uuid().nullable(),
    channel: z.object({ id: z.uuid(), name: z.string(), kind }).nullable(),
    target: z.string(),
    state: z.enum(["pending", "delivered", "dead"]),
    attempts: z.int(),
    nextAt: time.nullable(),
    error: z.string().nullable(),
    endedAt: time.nullable(),
  })
  .meta({ id: "Delivery" });
const [ntfy, slack, webhook, mail] = channelSettings.options;
const newChannel = z.union([
  ntfy.extend(channelTerms.shape),
  slack.extend(channelTerms.shape),
  webhook.extend(channelTerms.shape),
  mail.extend(channelTerms.shape),
]);
const one = { 200: { description: "The channel", body: channel } };

const channels: readonly RouteDescription[] = [
  {
    method: "get",
    path: "/api/notices/channels",
    operation: "listChannels",
    summary: "List channels",
    tag,
    answers: { 200: { description: "The channels", body: z.object({ channels: z.array(channel) }) } },
  },
  {
    method: "post",
    path: "/api/notices/channels",
    operation: "createChannel",
    summary: "Make a channel",
    tag,
    body: newChannel,
    answers: { 201: { description: "The channel", body: channel } },
    errors: ["channel.name-taken"],
  },
  {
    method: "get",
    path: "/api/notices/channels/:id",
    operation: "readChannel",
    summary: "Show a channel",
    tag,
    params,
    answers: one,
    errors: ["channel.unknown"],
  },
  {
    method: "patch",
    path: "/api/notices/channels/:id",
    operation: "changeChannel",
    summary: "Change a channel",
    description: "What a change leaves out stays, secrets included; null takes an optional setting away.",
    tag,
    params,
    body: channelTerms.partial().loose(),
    answers: one,
    errors: ["channel.unknown", "channel.name-taken"],
  },
  {
    method: "delete",
    path: "/api/notices/channels/:id",
    operation: "deleteChannel",
    summary: "Delete a channel",
    tag,
    params,
    answers: { 204: { description: "It is gone" } },
    errors: ["channel.unknown"],
  },
  {
    method: "post",
    path: "/api/notices/channels/:id/test",
    operation: "testChannel",
    summary: "Send a test now",
    tag,
    params,
    body: noFields,
    answers: { 200: { description: "Whether it arrived, after one try", body: z.object({ delivered: z.boolean(), error: z.string().nullable() }) } },
    errors: ["channel.unknown"],
  },
];

const deliveries: readonly RouteDescription[] = [
  {
    method: "get",
    path: "/api/notices/signing-secret",
    operation: "readSigningSecret",
    summary: "Show what webhooks are signed with that name no secret",
    tag,
    answers: { 200: { description: "The secret", body: z.object({ secret: z.string() }) } },
  },
  {
    method: "get",
    path: "/api/notices/deliveries",
    operation: "listDeliveries",
    summary: "List deliveries, newest first",
    tag,
    query: deliveryQuery,
    answers: { 200: { description: "A page of deliveries", body: z.object({ deliveries: z.array(delivery), nextCursor }) } },
  },
  {
    method: "post",
    path: "/api/notices/deliveries/:id/retry",
    operation: "retryDelivery",
    summary: "Try a dead delivery again",
    tag,
    params: deliveryParams,
    body: noFields,
    answers: { 202: { description: "It is tried again", body: z.object({}) } },
    errors: ["delivery.unknown"],
  },
];

export const noticeDescriptions: readonly RouteDescription[] = [...channels, ...deliveries];
