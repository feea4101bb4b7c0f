import type { TcpNetConnectOpts } from "node:net";
import { Agent, request, type Dispatcher } from "undici";
import { deriveSecret } from "../keys.ts";
import { Failure } from "./failure.ts";
import { dockerText } from "./run.ts";

/** Calls a home's API through its front door, as the owner. */
export interface HomeClient {
  get<T>(path: string): Promise<T>;
  post<T>(path: string, body?: unknown): Promise<T>;
  text(path: string): Promise<string>;
  close(): Promise<void>;
}

export interface HomeAddress {
  prefix: string;
  /** Shape: `https://console.localhost:28443`. */
  origin: string;
  key: string;
}

/** Trusts the home's own certificate authority and no other. Throws: Failure when the edge is not running. */
export async function connectHome({ prefix, origin, key }: HomeAddress): Promise<HomeClient> {
  const authority = await dockerText("exec", `${prefix}-edge`, "cat", "/data/caddy/pki/authorities/local/root.crt");
  if (authority === undefined) throw new Failure("The home's front door is not running.", "Start the home: npm start");
  const { hostname } = new URL(origin);
  // *.localhost means this machine everywhere, but not every resolver knows that.
  // HTTP/1.1: after one stream that the server has reset, undici 8.12 fails all later requests of an HTTP/2 session.
  const agent = new Agent({ allowH2: false, connect: { ca: authority, servername: hostname, lookup: loopback }, bodyTimeout: 0, headersTimeout: 600_000 });
  const headers = { authorization: `Bearer ${deriveSecret(key, "token/owner")}` };
  const call = async (method: Dispatcher.HttpMethod, path: string, body?: unknown) => {
    const json = body === undefined ? {} : { body: JSON.stringify(body), headers: { ...headers, "content-type": "application/json" } };
    const response = await request(`${origin}${path}`, { method, headers, dispatcher: agent, ...json });
    const text = await response.body.text();
    if (response.statusCode >= 400)
      throw new Failure(
        `The home answered ${response.statusCode} to ${method} ${path}: ${problemText(text)}`,
        "`npm run freehold -- status` shows what is running.",
      );
    return text;
  };
  return {
    get: async (path) => JSON.parse(await call("GET", path)),
    post: async (path, body) => JSON.parse((await call("POST", path, body)) || "null"),
    text: (path) => call("GET", path),
    close: () => agent.close(),
  };
}

type Lookup = NonNullable<TcpNetConnectOpts["lookup"]>;

const loopback: Lookup = (_host, options, callback) => {
  if (options.all) callback(null, [{ address: "127.0.0.1", family: 4 }]);
  else callback(null, "127.0.0.1", 4);
};

function problemText(text: string): string {
  try {
    return (JSON.parse(text) as { detail?: string }).detail ?? text;
  } catch {
    return text.slice(0, 300);
  }
}
