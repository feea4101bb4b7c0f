import type { Dispatcher } from "undici";
import type { Log } from "@freehold/kernel/log";
import type { OpenApiDocument } from "@freehold/kernel/openapi";
import { mergeDocuments, type DoorErrors } from "./api-document.ts";
import { proxiedRoutes } from "./proxied-routes.ts";
import type { Upstream, UpstreamName, Upstreams } from "./upstreams.ts";

interface Known {
  document: OpenApiDocument;
  askedAtMs: number;
}

export interface ApiDocumentParts {
  connections: Dispatcher;
  upstreams: Upstreams;
  /** The routes that the console answers itself. */
  own: OpenApiDocument;
  doorErrors: DoorErrors;
  clock: { now(): number };
  log: Log;
}

const freshMs = 60_000;
const answerWithinMs = 3_000;

/** Asks each service how it describes itself, and makes one document of all. A service that is away is told as it was last known. */
export function createApiDocument({ connections, upstreams, own, doorErrors, clock, log }: ApiDocumentParts): () => Promise<OpenApiDocument> {
  const known = new Map<UpstreamName, Known>();
  const refresh = async (upstream: Upstream) => {
    const earlier = known.get(upstream.name);
    if (earlier !== undefined && clock.now() - earlier.askedAtMs < freshMs) return;
    try {
      known.set(upstream.name, { document: await ask(connections, upstream), askedAtMs: clock.now() });
    } catch (error) {
      log.warn("api-document.service-away", { service: upstream.name, error });
    }
  };
  return async () => {
    await Promise.all(Object.values(upstreams).map(refresh));
    const of = Object.fromEntries([...known].map(([name, { document }]) => [name, document]));
    return mergeDocuments({ own, routes: proxiedRoutes, of, doorErrors });
  };
}

async function ask(connections: Dispatcher, { url, token }: Upstream): Promise<OpenApiDocument> {
  const headers = { authorization: `Bearer ${token.reveal()}`, accept: "application/json" };
  const signal = AbortSignal.timeout(answerWithinMs);
  const { statusCode, body } = await connections.request({ origin: url, path: "/openapi.json", method: "GET", headers, signal });
  if (statusCode !== 200) {
    await body.dump();
    throw new Error(`it answered ${statusCode}`);
  }
  const document = (await body.json()) as Partial<OpenApiDocument>;
  if (document.paths === undefined || document.components === undefined) throw new Error("it answered with something else than a document");
  return document as OpenApiDocument;
}
