import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface MintedKey {
  jobId: string;
  name: string;
  tenant: string;
  expiresAt: string;
  budget?: { dayUsd: number; monthUsd: number };
  revoked: boolean;
}

/** The gateway's admin API over real HTTP: keys that can be counted and a usage that the test sets. */
export class ScriptedGatewayAdmin {
  readonly keys = new Map<string, MintedKey>();
  usage: object = { requests: 2, costUsd: 0.5 };
  providers: object[] = [];
  /** Answers every request with this status when set. */
  status: number | undefined;
  #server: Server | undefined;
  #port = 0;

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async start(): Promise<void> {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request
        .on("data", (chunk: Buffer) => chunks.push(chunk))
        .on("end", () => this.#answer(`${request.method}`, request.url ?? "", Buffer.concat(chunks).toString(), response));
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

  get open(): number {
    return [...this.keys.values()].filter((key) => !key.revoked).length;
  }

  #answer(method: string, url: string, body: string, response: ServerResponse): void {
    if (this.status !== undefined) return void response.writeHead(this.status).end("{}");
    if (method === "POST" && url === "/admin/keys") {
      const id = `key-${this.keys.size + 1}`;
      this.keys.set(id, { ...(JSON.parse(body) as Omit<MintedKey, "revoked">), revoked: false });
      return void response.writeHead(201).end(JSON.stringify({ id, key: `fh_${id}` }));
    }
    if (method === "DELETE") {
      const key = this.keys.get(url.split("/").at(-1) ?? "");
      if (key !== undefined) key.revoked = true;
      return void response.writeHead(key === undefined ? 404 : 204).end();
    }
    if (url.startsWith("/admin/keys?")) {
      const jobId = new URL(url, this.url).searchParams.get("jobId");
      const keys = [...this.keys].filter(([, key]) => key.jobId === jobId && !key.revoked).map(([id, { name }]) => ({ id, name }));
      return void response.writeHead(200).end(JSON.stringify({ keys }));
    }
    const answer = url.startsWith("/admin/usage") ? this.usage : { active: "rehearsal", providers: this.providers };
    response.writeHead(200).end(JSON.stringify(answer));
  }
}
