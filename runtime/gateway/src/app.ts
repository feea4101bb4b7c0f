import { systemClock } from "@freehold/kernel/clock";
import { createApp } from "@freehold/kernel/http";
import type { Log } from "@freehold/kernel/log";
import type { Metrics } from "@freehold/kernel/metrics";
import type { Pool } from "@freehold/kernel/postgres";
import type { Secret } from "@freehold/kernel/secret";
import type { Server } from "node:http";
import { createBodyLog } from "./body-log/create.ts";
import type { PeriodIds } from "./budgets/budget.ts";
import { createCallCache } from "./cache/create.ts";
import { createCallLimits } from "./call-limits.ts";
import { sendJson } from "./copilot/http.ts";
import { createBooks } from "./create-books.ts";
import type { GatewaySettings } from "./config.ts";
import { KeyRing } from "./key-ring.ts";
import { CircuitBoard } from "./circuit-board.ts";
import { createMeters, type Meters } from "./meters.ts";
import { openStages } from "./pipeline.ts";
import { listProviders, type SecretSources } from "./provider-list.ts";
import { viewProviders, worstOf } from "./provider-state.ts";
import { createProviders, type Provider } from "./provider.ts";
import { createRelay } from "./relay.ts";
import { RepeatMemory } from "./repeat-memory.ts";
import { clientRoutes } from "./routes/client.ts";
import { ownerRoutes } from "./routes/owner.ts";
import { createGatewayListener, createGatewayServer } from "./server.ts";
import { findKeys } from "./store/keys.ts";
import { sumSubject } from "./store/sums.ts";
import type { Tracing } from "./tracing/trace.ts";
import { createUpstreams } from "./upstreams.ts";

export interface GatewayParts {
  settings: GatewaySettings;
  /** Where keys come from that the configuration document names. */
  secrets: SecretSources;
  db: Pool;
  /** What callers of `/admin` must present. */
  adminToken: Secret;
  log: Log;
  metrics: Metrics;
  tracing?: Tracing | undefined;
  /** Resolves when the database can be used. */
  ready: () => Promise<void>;
}

export interface Gateway {
  server: Server;
  /** Ends running exchanges with an error that brings their callers back. */
  stopExchanges(): void;
  /** Books what the process before this one has left, once the database can be used. Throws: the database's error while it is away. */
  catchUp(): Promise<void>;
  /** Writes the books and frees everything. */
  close(): Promise<void>;
}

/** Units: milliseconds. Keys in use are asked for again this often, and the state of circuits is measured. */
const refreshMs = 500;

/** Puts the gateway together; nothing listens yet. */
export function createGateway({ settings, secrets, db, adminToken, log, metrics, tracing, ready }: GatewayParts): Gateway {
  const meters = createMeters(metrics);
  const entries = listProviders(settings, secrets);
  const providers = createProviders(entries);
  warnOfRisks(providers, log);
  const copilots = new Map(entries.flatMap(({ name, copilot }) => (copilot === undefined ? [] : [[name, copilot] as const])));
  const board = new CircuitBoard(() => systemClock.now());
  const keys = createKeyRing(db, log);
  const { books, begin, close: closeBooks } = createBooks(settings, { db, log, meters });
  const bodies = createBodyLog(settings, { db, clock: systemClock, log, onKept: meters.body });
  const upstreams = createUpstreams(providers);
  // A request that has ended counts, also when it is still on its way into the database.
  const loadSums = (subjectId: string, ids: PeriodIds) => books.flush().then(() => sumSubject(db, subjectId, ids));
  const limits = createCallLimits({ settings, providers, entries, loadSums, metrics, log });
  const cache = createCallCache(settings, providers, metrics);
  const relay = createRelay({
    keys,
    stages: { gate: limits.gate, cache: cache?.cache ?? openStages.cache },
    delivery: {
      targets: providers.flatMap((provider) => provider.targets),
      board,
      targetGate: limits.targetGate,
      memory: new RepeatMemory(() => systemClock.now()),
      upstreams,
      meters,
      log,
      passOverloaded: settings.GATEWAY_CONFIG.failover.passOverloaded,
    },
    books: { begin, record: (booking) => books.record(booking) },
    bodies,
    meters,
    tracing,
    log,
    limits: { bodyBytes: settings.BODY_LIMIT_BYTES, pingAfterMs: settings.PING_AFTER_MS },
  });
  const rest = createApp({ log, metrics, ready }, (app) => {
    const answers = cache?.store;
    ownerRoutes(app, { db, keys, books, bodies, providers, board, answers, copilots, send: sendJson, log, token: adminToken, clock: systemClock });
    clientRoutes(app);
  });
  const refresh = setInterval(() => void keys.refresh(), refreshMs);
  const measure = setInterval(() => measureCircuits(providers, board, meters), refreshMs);
  return {
    server: createGatewayServer(createGatewayListener(relay, rest)),
    stopExchanges: () => relay.stop(),
    catchUp: () => books.catchUp(),
    close: async () => {
      for (const timer of [refresh, measure]) clearInterval(timer);
      cache?.close();
      relay.close();
      await upstreams.close();
      limits.close();
      await bodies.close();
      await closeBooks();
    },
  };
}

function createKeyRing(db: Pool, log: Log): KeyRing {
  return new KeyRing({
    load: (hashes) => findKeys(db, hashes),
    clock: systemClock,
    onAway: (away, error) => (away ? log.warn("keys.unchecked", { error }) : log.info("keys.checked")),
  });
}

function warnOfRisks(providers: readonly Provider[], log: Log): void {
  for (const { name, traits } of providers) if (traits.risk !== undefined) log.warn("provider.risk", { provider: name, warning: traits.risk });
}

function measureCircuits(providers: readonly Provider[], board: CircuitBoard, meters: Meters): void {
  for (const { name, state } of viewProviders(providers, board)) meters.circuits(name, { worst: worstOf(board.view(name)), whole: state });
}
