import { randomUUID } from "node:crypto";
import type { Express } from "express";
import { problem } from "./scripted-services.ts";

export interface ScriptedChannel extends Record<string, unknown> {
  id: string;
  kind: string;
  enabled: boolean;
}

const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();

export const channelsBefore = (): ScriptedChannel[] => [
  { id: randomUUID(), name: "Phone", kind: "ntfy", events: ["approval.requested", "job.failed"], enabled: true, target: "https://ntfy.sh/…", secrets: ["url"] },
  { id: randomUUID(), name: "Archive", kind: "webhook", events: ["job.succeeded"], enabled: false, target: "https://hooks.example.com/home", secrets: ["url"] },
];

/** Channels and what was sent; an address at .invalid takes no test. */
export function serveNotices(app: Express, channels: ScriptedChannel[]): void {
  const deliveries: Record<string, unknown>[] = [
    deliveryOf({ id: "3", kind: "approval.requested", at: ago(4), state: "delivered", channel: channels[0] }),
    deliveryOf({ id: "2", kind: "job.failed", at: ago(95), state: "dead", attempts: 8, error: "The server answered 503.", channel: channels[0] }),
    deliveryOf({ id: "1", kind: "job.succeeded", at: ago(1), state: "pending", attempts: 2, error: "No answer within 10 s.", channel: channels[1] }),
  ];
  app.get("/api/notices/channels", (_request, response) => void response.json({ channels }));
  app.get("/api/notices/deliveries", (_request, response) => void response.json({ deliveries, nextCursor: null }));
  app.get("/api/notices/signing-secret", (_request, response) => void response.json({ secret: "whsec_c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0" }));
  app.post("/api/notices/channels", (request, response) => {
    const { url, token, ...shown } = request.body as { url: string; token?: string; kind: string; enabled: boolean };
    const made = { id: randomUUID(), ...shown, target: `${new URL(url).origin}/…`, secrets: token === undefined ? ["url"] : ["url", "token"] };
    channels.push(made);
    response.status(201).json(made);
  });
  app.use("/api/notices/channels/:id", (request, response, next) => {
    response.locals["channel"] = channels.find(({ id }) => id === request.params.id);
    if (response.locals["channel"] === undefined) return problem(response, 404, "channel.unknown", "There is no such channel.");
    next();
  });
  app.patch("/api/notices/channels/:id", (request, response) => void response.json(Object.assign(response.locals["channel"] as object, request.body)));
  app.delete("/api/notices/channels/:id", (_request, response) => {
    channels.splice(channels.indexOf(response.locals["channel"] as ScriptedChannel), 1);
    response.status(204).end();
  });
  app.post("/api/notices/channels/:id/test", (_request, response) => {
    const channel = response.locals["channel"] as ScriptedChannel;
    const error = String(channel["target"]).includes(".invalid") ? "No such host: no.invalid. Check the address." : null;
    deliveries.unshift(
      deliveryOf({ id: String(deliveries.length + 1), kind: "test", at: ago(0), state: error === null ? "delivered" : "dead", error, channel }),
    );
    response.json({ delivered: error === null, error });
  });
  app.post("/api/notices/deliveries/:id/retry", (request, response) => {
    Object.assign(deliveries.find(({ id }) => id === request.params.id) ?? {}, { state: "pending", error: null });
    response.status(202).json({});
  });
}

const deliveryOf = ({ channel, ...fields }: Record<string, unknown> & { channel: ScriptedChannel | undefined }) => ({
  messageId: randomUUID(),
  jobId: null,
  attempts: 1,
  nextAt: null,
  error: null,
  endedAt: null,
  target: channel?.["target"],
  channel: channel === undefined ? null : { id: channel.id, name: channel["name"], kind: channel.kind },
  ...fields,
});
