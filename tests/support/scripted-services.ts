import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import express, { type Express, type Response } from "express";

export interface Service {
  url: string;
  close(): Promise<void>;
}

/** An answer that is an error, in the one shape that all services have. */
export const problem = (response: Response, status: number, code: string, detail: string) =>
  void response
    .status(status)
    .type("application/problem+json")
    .send(JSON.stringify({ type: "about:blank", title: code, status, code, detail }));

/** A service that is ready and has some routes. */
export async function serve(routes: (app: Express) => void): Promise<Service> {
  const app = express();
  app.get("/health/ready", (_request, response) => void response.json({ status: "ready" }));
  routes(app);
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** A backup service whose snapshots take a moment. */
export async function startScriptedBackup(lastError: object | null = null): Promise<Service & { snapshots: object[] }> {
  const snapshot = (id: string, hoursAgo: number, addedBytes: number) => ({
    id,
    createdAt: new Date(Date.now() - hoursAgo * 3_600_000).toISOString(),
    sizeBytes: 48_213_004,
    addedBytes,
    files: 1_284,
    durationMs: 3_412,
    databases: ["gateway", "worker", "console"],
    pauseMs: 0,
  });
  const snapshots: object[] = [
    snapshot("9f2c41d7be30aa51", 0.4, 182_331),
    snapshot("71be0c9d2256fe18", 1.4, 92_004),
    snapshot("c0ffee7781aa0192", 2.4, 1_420_114),
    snapshot("1d5e88ab04c7f3e2", 26, 20_481_992),
  ];
  const service = await serve((app) => {
    app.get("/backups", (_request, response) => void response.json({ snapshots, lastError }));
    app.post("/backups", async (_request, response) => {
      await delay(400);
      snapshots.unshift(snapshot("a11ce5b0b5ca1e00", 0, 12_000));
      response.status(201).json(snapshots[0]);
    });
  });
  return { ...service, snapshots };
}
