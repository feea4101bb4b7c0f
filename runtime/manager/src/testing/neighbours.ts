import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** The gateway's admin API and the backup service over real HTTP, as far as the manager asks them. */
export class Neighbours {
  readonly keys = new Map<string, { name: string; budget: object; models: readonly string[] }>();
  readonly backups: string[] = [];
  readonly restores: { path: string; body: unknown }[] = [];
  #server: Server | undefined;
  #port = 0;
  #made = 0;

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async start(): Promise<void> {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request
        .on("data", (chunk: Buffer) => chunks.push(chunk))
        .on("end", () => {
          const { status, body } = this.#answer(request.method ?? "", request.url ?? "", Buffer.concat(chunks).toString());
          response.writeHead(status, { "content-type": "application/json" }).end(body === undefined ? "" : JSON.stringify(body));
        });
    });
    await new Promise<void>((resolve) => this.#server?.listen(0, "127.0.0.1", resolve));
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#server?.close(() => resolve());
      this.#server?.closeAllConnections();
    });
  }

  #answer(method: string, url: string, text: string): { status: number; body?: unknown } {
    const body = (text === "" ? {} : JSON.parse(text)) as { name?: string; budget?: object; models?: string[] };
    const [path = ""] = url.split("?");
    if (path === "/admin/keys" && method === "POST") return { status: 201, body: this.#mint(body.name ?? "", body) };
    if (path === "/admin/keys") return { status: 200, body: { keys: [...this.keys].map(([id, { name }]) => ({ id, name })) } };
    if (path.startsWith("/admin/keys/")) return this.#oneKey(method, path, body);
    if (path === "/admin/requests") return { status: 200, body: { requests: [] } };
    if (path === "/admin/usage/report") return { status: 200, body: { groups: [...this.keys.values()].map(({ name }) => ({ ...someUsage, name })) } };
    if (path.endsWith("/backups")) return { status: this.backups.push(path) && 201, body: { id: "abcdef01" } };
    return { status: this.restores.push({ path, body }) && 202, body: { id: "restore-1" } };
  }

  #oneKey(method: string, path: string, body: { budget?: object; models?: string[] }): { status: number; body?: unknown } {
    const id = path.split("/")[3] ?? "";
    const key = this.keys.get(id);
    if (key === undefined) return { status: 404, body: { code: "key.no-such", detail: "no such key" } };
    if (method === "DELETE") return { status: this.keys.delete(id) ? 204 : 404 };
    if (method === "PATCH") Object.assign(key, { budget: body.budget ?? {}, models: body.models ?? [] });
    return { status: 201, body: { id, key: `fh_${id}_${(this.#made += 1)}` } };
  }

  #mint(name: string, { budget = {}, models = [] }: { budget?: object; models?: string[] }): { id: string; key: string } {
    const id = `key-${(this.#made += 1)}`;
    this.keys.set(id, { name, budget, models });
    return { id, key: `fh_${id}` };
  }
}

const someUsage = { requests: 2, inputTokens: 10, outputTokens: 20, cacheReadTokens: 0, cacheWriteTokens: 0, costUsd: 0.25 };
