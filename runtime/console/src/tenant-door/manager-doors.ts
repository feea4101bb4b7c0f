import type { Dispatcher } from "undici";
import { z } from "zod";
import type { Clock } from "@freehold/kernel/clock";
import { AppError } from "@freehold/kernel/errors";
import { refusedToken, upstreamError } from "../upstream-errors.ts";
import { hostNameOf } from "./hosts.ts";
import type { Upstream } from "../upstreams.ts";

const states = ["provisioning", "asleep", "waiting", "waking", "awake", "falling-asleep", "stopped", "failed", "restoring", "removing", "removed"] as const;
export type TenantState = (typeof states)[number];

/** Reserved by Caddy's upstream `tenant-<id>`: nothing else can be named by it. */
const tenantId = z.string().regex(/^[a-z][a-z0-9-]{0,30}[a-z0-9]$/);

const doorShape = z.object({
  id: tenantId,
  state: z.enum(states),
  people: z.array(z.string()),
  tokenHash: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .nullish(),
});
const stateShape = z.object({ state: z.enum(states) });

/** What the manager says of the tenant behind a host. */
export type Door = z.output<typeof doorShape>;

export interface Doors {
  /** The tenant of a host, as it was at most a second ago unless `fresh`. Throws: AppError `upstream.…`. */
  find(host: string, how?: { fresh?: boolean }): Promise<Door | undefined>;
  /** Wakes a tenant and waits until it is up or the time is over; callers that come meanwhile wait with the first. */
  awake(id: string, waitMs: number): Promise<TenantState>;
  /** Says that somebody is there, without waking. */
  active(id: string, streams: number): Promise<void>;
  /** Whether a certificate may be made for a name: a tenant's host, or a domain of a tenant's own. */
  mayCertify(name: string): Promise<boolean>;
}

export interface DoorsParts {
  connections: Dispatcher;
  manager: Upstream;
  clock: Clock;
}

/** Units: milliseconds. */
export const freshMs = 1_000;
/** Units: milliseconds. While the manager is away, nobody changes whom a tenant lets in: what it last said holds on. */
const heldMs = 60 * 60_000;
const mostHosts = 2_000;
const answerWithinMs = 5_000;

interface Known {
  door: Door | undefined;
  at: number;
}

/** The manager's side of the doors, asked as seldom as the promise of a second allows. */
export function createDoors({ connections, manager, clock }: DoorsParts): Doors {
  const ask = askerOf(connections, manager);
  const known = new Map<string, Known>();
  const asking = new Map<string, Promise<Door | undefined>>();
  const waking = new Map<string, Promise<TenantState>>();
  const look = async (host: string): Promise<Door | undefined> => {
    const at = clock.now();
    const { status, body } = await ask("GET", `/doors/${encodeURIComponent(host)}`, { withinMs: answerWithinMs });
    const door = status === 404 ? undefined : doorShape.parse(body);
    keep(known, host, { door, at });
    return door;
  };
  const lookOrHold = (host: string) =>
    look(host).catch((thrown: unknown) => {
      const last = known.get(host);
      if (last?.door === undefined || clock.now() - last.at > heldMs) throw thrown;
      return last.door;
    });
  return {
    find(host, { fresh = false } = {}) {
      const last = known.get(host);
      if (!fresh && last !== undefined && clock.now() - last.at < freshMs) return Promise.resolve(last.door);
      return fresh ? lookOrHold(host) : shared(asking, host, () => lookOrHold(host));
    },
    awake: (id, waitMs) =>
      shared(waking, `${id} ${waitMs}`, async () => {
        const { body } = await ask("POST", `/doors/${id}/awake`, { body: { waitMs }, withinMs: waitMs + answerWithinMs });
        return stateShape.parse(body).state;
      }),
    async active(id, streams) {
      await ask("POST", `/doors/${id}/active`, { body: { streams }, withinMs: answerWithinMs });
    },
    mayCertify: async (name) => {
      if (hostNameOf(name) === undefined) return false;
      const ofHome = await ask("GET", `/doors/${encodeURIComponent(name)}`, { withinMs: answerWithinMs });
      if (ofHome.status === 200) return true;
      return (await ask("GET", `/doors/ask?domain=${encodeURIComponent(name)}`, { withinMs: answerWithinMs })).status === 200;
    },
  };
}

/** One call at a time for what many ask at once. */
function shared<T>(running: Map<string, Promise<T>>, key: string, start: () => Promise<T>): Promise<T> {
  const before = running.get(key);
  if (before !== undefined) return before;
  const one = start().finally(() => running.delete(key));
  running.set(key, one);
  return one;
}

/** Strangers may ask for any host there is: the oldest answers go first. */
function keep(known: Map<string, Known>, host: string, entry: Known): void {
  known.delete(host);
  known.set(host, entry);
  if (known.size > mostHosts) known.delete(known.keys().next().value!);
}

type Ask = (method: "GET" | "POST", path: string, how: { body?: unknown; withinMs: number }) => Promise<{ status: number; body: unknown }>;

function askerOf(connections: Dispatcher, manager: Upstream): Ask {
  return async (method, path, { body, withinMs }) => {
    const answer = await connections
      .request({
        origin: manager.url,
        path,
        method,
        headers: {
          authorization: `Bearer ${manager.token.reveal()}`,
          accept: "application/json",
          ...(body === undefined ? {} : { "content-type": "application/json" }),
        },
        body: body === undefined ? null : JSON.stringify(body),
        headersTimeout: withinMs,
        signal: AbortSignal.timeout(withinMs + answerWithinMs),
      })
      .catch((thrown: unknown) => {
        throw upstreamError(manager, method, thrown);
      });
    const text = await answer.body.text();
    if (answer.statusCode === 401) throw refusedToken(manager);
    if (answer.statusCode >= 300 && answer.statusCode !== 404) throw strange(manager, answer.statusCode);
    return { status: answer.statusCode, body: parse(text) };
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const strange = (manager: Upstream, status: number) =>
  new AppError("upstream.broken", `The ${manager.name} answered with status ${status} when it was asked about a tenant. Its log says why.`, {
    status: 502,
    retryable: status >= 500,
    details: { service: manager.name },
  });
