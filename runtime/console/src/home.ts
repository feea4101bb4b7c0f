import type { Dispatcher } from "undici";
import { messageOf, type Problem } from "@freehold/kernel/errors";
import type { Upstream, Upstreams } from "./upstreams.ts";
import { upstreamError } from "./upstream-errors.ts";

export interface ServiceState {
  name: string;
  ready: boolean;
  /** Why it isn't ready, with the cure; empty when it is. */
  detail: string;
}

/** What stays as it is while the home runs. */
export interface AboutHome {
  stack: string;
  version: string;
  /** Where browsers reach the console. */
  publicOrigin: string;
  /** Where clients outside of the home reach the gateway. */
  gatewayOrigin: string;
  /** Units: days. */
  auditKeepDays: number;
}

export interface HomeState extends AboutHome {
  services: ServiceState[];
  /** The provider that answers model calls now; null while the gateway can't say. */
  provider: string | null;
}

export interface HomeParts {
  about: AboutHome;
  connections: Dispatcher;
  upstreams: Upstreams;
  /** Rejects when the console's own database is away. */
  askDatabase: () => Promise<unknown>;
}

const answerWithinMs = 3_000;

/** Asks every service at once whether it can do its work; one that is away delays nobody beyond three seconds. */
export async function readHome({ about, connections, upstreams, askDatabase }: HomeParts): Promise<HomeState> {
  const [services, database, provider] = await Promise.all([
    Promise.all(Object.values(upstreams).map((upstream) => probe(connections, upstream))),
    askDatabase().then(
      () => ({ name: "postgres", ready: true, detail: "" }),
      (cause: unknown) => ({ name: "postgres", ready: false, detail: `The console's database does not answer: ${messageOf(cause)}.` }),
    ),
    activeProvider(connections, upstreams.gateway).catch(() => null),
  ]);
  return { ...about, services: [{ name: "console", ready: true, detail: "" }, ...services, database], provider };
}

async function probe(connections: Dispatcher, upstream: Upstream): Promise<ServiceState> {
  try {
    const { statusCode, body } = await ask(connections, upstream, "/health/ready");
    if (statusCode === 200) return { name: upstream.name, ready: true, detail: "" };
    return { name: upstream.name, ready: false, detail: (body as Partial<Problem> | undefined)?.detail ?? `It answered with status ${statusCode}.` };
  } catch (thrown) {
    return { name: upstream.name, ready: false, detail: upstreamError(upstream, "GET", thrown).message };
  }
}

async function activeProvider(connections: Dispatcher, gateway: Upstream): Promise<string | null> {
  const { statusCode, body } = await ask(connections, gateway, "/admin/providers");
  const active = (body as { active?: unknown } | undefined)?.active;
  return statusCode === 200 && typeof active === "string" ? active : null;
}

async function ask(connections: Dispatcher, upstream: Upstream, path: string): Promise<{ statusCode: number; body: unknown }> {
  const headers = { authorization: `Bearer ${upstream.token.reveal()}`, accept: "application/json" };
  const answer = await connections.request({
    origin: upstream.url,
    path,
    method: "GET",
    headers,
    headersTimeout: answerWithinMs,
    signal: AbortSignal.timeout(answerWithinMs),
  });
  const text = await answer.body.text();
  return { statusCode: answer.statusCode, body: parseJson(text) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
