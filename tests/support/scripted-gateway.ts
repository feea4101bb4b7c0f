import { randomBytes, randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import express, { type Express, type Request, type Response } from "express";
import { problem, serve, type Service } from "./scripted-services.ts";
import { bookedRequests, usageReport } from "./scripted-usage.ts";

export interface ScriptedKey {
  id: string;
  /** What a program presents; the real gateway keeps its hash alone. */
  secret: string;
  name: string;
  jobId: string | null;
  createdAt: string;
  expiresAt: string | null;
  revokedAt: string | null;
  [rule: string]: unknown;
}

export interface ScriptedGateway extends Service {
  keys: ScriptedKey[];
  /** Which providers were asked to be tried again. */
  resets: string[];
}

export interface GatewayPart {
  active: "anthropic" | "rehearsal";
  /** Nothing was asked yet, and there are no keys. */
  isFresh: boolean;
}

const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3_600_000).toISOString();

const key = (name: string, more: Partial<ScriptedKey> = {}): ScriptedKey => ({
  id: randomUUID(),
  secret: `fh_${randomBytes(32).toString("base64url")}`,
  name,
  jobId: null,
  createdAt: hoursAgo(50),
  expiresAt: null,
  revokedAt: null,
  limits: null,
  budget: null,
  models: null,
  providers: null,
  ...more,
});

const livedInKeys = (): ScriptedKey[] => [
  key("Laptop", { createdAt: hoursAgo(400), budget: { dayUsd: 5, monthUsd: 60, warnPercent: 80 } }),
  key("Chat bot of the family", {
    createdAt: hoursAgo(90),
    expiresAt: new Date(Date.now() + 20 * 86_400_000).toISOString(),
    limits: { requestsPerMinute: 30, inputTokensPerMinute: 200_000, concurrent: 4 },
    models: ["claude-haiku-*"],
    providers: ["anthropic"],
  }),
  key("job 5f2c, attempt 1", { jobId: "5f2c7c1e-8a55-4a86-9f0e-0f6b8f2f5d10", createdAt: hoursAgo(0.1) }),
  key("Old laptop", { createdAt: hoursAgo(2_000), revokedAt: hoursAgo(300) }),
];

/** A gateway with providers, keys and books, and a model that says the same to everybody. */
export async function startScriptedGateway({ active, isFresh }: GatewayPart): Promise<ScriptedGateway> {
  const keys = isFresh ? [] : livedInKeys();
  const resets: string[] = [];
  const service = await serve((app) => {
    app.use(express.json());
    providerRoutes(app, active, resets);
    keyRoutes(app, keys);
    app.get("/admin/usage/report", (request, response) => {
      response.json(usageReport(String(request.query["by"]), String(request.query["from"]), { isFresh, keyId: keys[0]?.id ?? "" }));
    });
    app.get("/admin/requests", (request, response) => {
      const { outcome, cursor } = request.query;
      const all = isFresh ? [] : bookedRequests(keys[0]!.id).filter((booked) => outcome === undefined || booked.outcome === outcome);
      const from = Number(cursor ?? 0);
      response.json({ requests: all.slice(from, from + 50), nextCursor: all.length > from + 50 ? String(from + 50) : null });
    });
    const kept = new Map([
      ["req_0000abcdef0123456789", JSON.stringify({ model: "claude-opus-5-5", messages: [{ role: "user", content: "<b>Sort</b> the receipts" }] })],
    ]);
    app.get("/admin/requests/:id/body", (request, response) => {
      const { id } = request.params;
      const body = kept.get(id);
      if (body === undefined) return problem(response, 404, "body.no-such", `No body is kept of the request ${id}.`);
      response.json({
        requestId: id,
        keyId: keys[0]!.id,
        storedAt: hoursAgo(0),
        expiresAt: hoursAgo(-168),
        sizeBytes: body.length,
        isCut: false,
        encoding: "utf8",
        body,
      });
    });
    app.delete("/admin/requests/:id/body", (request, response) => void response.status(kept.delete(request.params.id) ? 204 : 404).end());
    app.post("/v1/messages", (request, response) => speak(request, response, { keys, active }));
  });
  return { ...service, keys, resets };
}

function providerRoutes(app: Express, active: GatewayPart["active"], resets: string[]): void {
  const well = { state: "closed", lastError: null, nextProbeAt: null, circuits: [] };
  const hurt = {
    state: "open",
    lastError: { text: "It answered with status 503 three times.", at: hoursAgo(0.02) },
    nextProbeAt: new Date(Date.now() + 3_000_000).toISOString(),
    circuits: [
      {
        key: 0,
        model: "claude-opus-5-5",
        state: "open",
        failures: 3,
        lastError: "It answered with status 503: the model is busy.",
        lastErrorAt: hoursAgo(0.02),
        nextProbeAt: new Date(Date.now() + 3_000_000).toISOString(),
      },
    ],
  };
  app.get("/admin/providers", (_request, response) => {
    const isReal = active === "anthropic";
    response.json({
      active,
      providers: [
        { name: "anthropic", label: "Anthropic", kind: "anthropic", configured: isReal, active: isReal, keys: isReal ? 2 : 0, ...well },
        ...(isReal
          ? [
              {
                name: "bridge",
                label: "Gemini, by the bridge",
                kind: "bridge",
                configured: true,
                active: false,
                keys: 1,
                ...(resets.length === 0 ? hurt : well),
              },
            ]
          : []),
        { name: "rehearsal", label: "Rehearsal model (offline, not a real model)", kind: "rehearsal", configured: true, active: !isReal, keys: 1, ...well },
      ],
    });
  });
  app.post("/admin/providers/:name/reset", (request, response) => {
    resets.push(request.params["name"]);
    response.status(204).end();
  });
}

function keyRoutes(app: Express, keys: ScriptedKey[]): void {
  const shown = ({ secret: _secret, ...rest }: ScriptedKey) => rest;
  const known = (request: Request) => keys.find(({ id }) => id === request.params["id"])!;
  const isLive = ({ revokedAt, expiresAt }: ScriptedKey) => revokedAt === null && (expiresAt === null || Date.parse(expiresAt) > Date.now());
  app.get("/admin/keys", (request, response) => {
    const { of, live } = request.query;
    const wanted = keys.filter((listed) => (listed.jobId === null) === (of === "owner") && isLive(listed) === (live === "true"));
    response.json({ keys: wanted.map(shown) });
  });
  app.post("/admin/keys", (request, response) => {
    const body = request.body as Partial<ScriptedKey> & { budget?: { dayUsd?: number } };
    if (body.budget?.dayUsd === 13) return void refuse(response);
    const made = key(String(body.name), { ...body, createdAt: new Date().toISOString() });
    keys.unshift(made);
    response.status(201).json({ key: made.secret, ...shown(made) });
  });
  app.get("/admin/keys/:id", (request, response) => {
    response.json({ ...shown(known(request)), use: { requestsToday: 41, dayUsd: 4.37, monthUsd: 21.9 } });
  });
  app.patch("/admin/keys/:id", (request, response) => void response.json(shown(Object.assign(known(request), request.body))));
  app.post("/admin/keys/:id/rotate", (request, response) => {
    const rotated = known(request);
    rotated.secret = `fh_${randomBytes(32).toString("base64url")}`;
    response.status(201).json({ key: rotated.secret, ...shown(rotated), previousValidUntil: new Date(Date.now() + 86_400_000).toISOString() });
  });
  app.delete("/admin/keys/:id", (request, response) => {
    known(request).revokedAt = new Date().toISOString();
    response.status(204).end();
  });
}

const refuse = (response: Response) =>
  response
    .status(400)
    .type("application/problem+json")
    .send(JSON.stringify({ code: "request.invalid", detail: "The request was refused. budget.dayUsd: $13 is no amount for a day; take another." }));

const words = ["Hello ", "from **your own** home.\n\n", "- It answers ", "word by word\n", "- and ", "says what it used"];

async function speak(request: Request, response: Response, { keys, active }: { keys: ScriptedKey[]; active: string }): Promise<void> {
  const isKnown = keys.some(({ secret, revokedAt }) => revokedAt === null && secret === request.get("x-api-key"));
  const { model, messages } = request.body as { model: string; messages: { content: string }[] };
  const failure = (status: number, message: string) => response.status(status).json({ type: "error", error: { type: "api_error", message } });
  if (!isKnown) return void failure(401, "This virtual key is not known here.");
  if (messages[0]!.content.includes("busy")) return void failure(503, "All providers have failed lately and rest; the first is asked again in 20 s.");
  response.writeHead(200, { "content-type": "text/event-stream", "x-freehold-provider": active });
  const send = (type: string, data: object) => response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`);
  send("message_start", { message: { model, usage: { input_tokens: 14, output_tokens: 1 } } });
  for (const text of messages[0]!.content.includes("forever") ? endlessly() : words) {
    if (response.destroyed) return;
    await delay(60);
    send("content_block_delta", { index: 0, delta: { type: "text_delta", text } });
  }
  send("message_delta", { delta: { stop_reason: "end_turn" }, usage: { output_tokens: 23 } });
  send("message_stop", {});
  response.end();
}

function* endlessly(): Generator<string> {
  for (let round = 1; round <= 1_000; round++) yield `Round ${round}. `;
}
