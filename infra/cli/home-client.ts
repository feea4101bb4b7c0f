import type { TcpNetConnectOpts } from "node:net";
import { Readable } from "node:stream";
import { Agent, request, type Dispatcher } from "undici";
import { deriveSecret } from "../keys.ts";
import { Failure } from "./failure.ts";
import { dockerText } from "./run.ts";

/** Calls a home's API through its front door. */
export interface HomeClient {
  get<T>(path: string): Promise<T>;
  post<T>(path: string, body?: unknown): Promise<T>;
  text(path: string): Promise<string>;
  /** Any request; the caller reads the body. Throws: ApiFailure for a status of 400 or more. */
  send(method: Dispatcher.HttpMethod, path: string, how?: SendOptions): Promise<Dispatcher.ResponseData>;
  close(): Promise<void>;
}

export interface SendOptions {
  /** Sent as JSON unless it is a stream or bytes. */
  body?: unknown;
  headers?: Record<string, string>;
  /** Units: milliseconds of silence within the answer. */
  bodyTimeout?: number;
}

/** The home answered, and refused. */
export class ApiFailure extends Failure {
  readonly status: number;

  constructor(status: number, what: string, cure: string) {
    super(what, cure);
    this.name = "ApiFailure";
    this.status = status;
  }
}

export interface HomeAddress {
  prefix: string;
  /** Shape: `https://console.localhost:28443`. */
  origin: string;
  key: string;
}

/** Trusts, on this machine, the home's own certificate authority and no other. Throws: Failure when the edge is not running. */
export async function connectHome({ prefix, origin, key }: HomeAddress): Promise<HomeClient> {
  const { hostname } = new URL(origin);
  if (!hostname.endsWith(".localhost")) return openClient(origin, deriveSecret(key, "token/owner"));
  const authority = await dockerText("exec", `${prefix}-edge`, "cat", "/data/caddy/pki/authorities/local/root.crt");
  if (authority === undefined) throw new Failure("The home's front door is not running.", "Start the home: npm start");
  // *.localhost means this machine everywhere, but not every resolver knows that.
  // HTTP/1.1: after one stream that the server has reset, undici 8.12 fails all later requests of an HTTP/2 session.
  const agent = new Agent({ allowH2: false, connect: { ca: authority, servername: hostname, lookup: loopback }, bodyTimeout: 0, headersTimeout: 600_000 });
  return openClient(origin, deriveSecret(key, "token/owner"), agent);
}

/** Calls the API at an address with a token: the owner's, or one that a member made in the console. */
export function openClient(origin: string, token: string, agent: Agent = new Agent({ headersTimeout: 600_000 })): HomeClient {
  const send: HomeClient["send"] = async (method, path, { body, headers = {}, bodyTimeout = 0 } = {}) => {
    const isJson = body !== undefined && !(body instanceof Readable) && !(body instanceof Uint8Array);
    const response = await request(`${origin}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(isJson ? { "content-type": "application/json" } : {}), ...headers },
      dispatcher: agent,
      bodyTimeout,
      ...(body === undefined ? {} : { body: isJson ? JSON.stringify(body) : body }),
    });
    if (response.statusCode < 400) return response;
    const detail = problemText(await response.body.text());
    throw new ApiFailure(response.statusCode, `The home answered ${response.statusCode} to ${method} ${path}: ${detail}`, cureOf(response.statusCode));
  };
  const text = async (method: Dispatcher.HttpMethod, path: string, how?: SendOptions) => (await send(method, path, how)).body.text();
  return {
    get: async (path) => JSON.parse(await text("GET", path)),
    post: async (path, body) => JSON.parse((await text("POST", path, body === undefined ? {} : { body })) || "null"),
    text: (path) => text("GET", path),
    send,
    close: () => agent.close(),
  };
}

function cureOf(status: number): string {
  if (status === 401) return "Look whether FREEHOLD_TOKEN is a token of this home that has not expired, or leave FREEHOLD_URL and FREEHOLD_TOKEN out.";
  if (status < 500) return "Mend what the answer names; `npm run freehold -- jobs --help` shows the commands.";
  return "`npm run freehold -- status` shows what is running.";
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
