import { lookup as resolve, type LookupAddress } from "node:dns";
import { connect, isIP, type LookupFunction, type Socket } from "node:net";
import { networkInterfaces } from "node:os";
import type { Clock } from "@freehold/kernel/clock";
import { AppError, messageOf, systemCodeOf } from "@freehold/kernel/errors";
import { Agent, request } from "undici";
import { refusalOf } from "./address-rule.ts";

export interface OutboundRequest {
  url: string;
  headers: Record<string, string>;
  body: string;
}

export interface OutboundAnswer {
  statusCode: number;
  /** Units: milliseconds; what `retry-after` asks for. */
  retryAfterMs: number | undefined;
  /** The beginning of the body. */
  text: string;
}

/** The worker's way to the Internet, and to nothing else. Throws: AppError `outbound.…`. */
export interface Outbound {
  post(request: OutboundRequest): Promise<OutboundAnswer>;
  /** An open connection, for what is not HTTP. */
  connect(target: { host: string; port: number }): Promise<Socket>;
  close(): Promise<void>;
}

const timeoutMs = 15_000;
const shownBytes = 2_048;

/** `allowedHosts` may be reached whatever their addresses are: names as they are written in a target, for a LAN or a test. */
export function createOutbound(allowedHosts: readonly string[], clock: Clock): Outbound {
  const guard = createGuard(allowedHosts);
  const agent = new Agent({ connect: { lookup: guard.lookup, timeout: timeoutMs }, connections: 8 });
  return {
    close: () => agent.destroy(),
    // Redirects are not followed: their targets were not judged.
    post: async ({ url, headers, body }) => {
      try {
        guard.checkLiteral(bare(new URL(url).hostname));
        const answer = await request(url, {
          method: "POST",
          dispatcher: agent,
          headers,
          body,
          headersTimeout: timeoutMs,
          bodyTimeout: timeoutMs,
          signal: AbortSignal.timeout(2 * timeoutMs),
        });
        return { statusCode: answer.statusCode, retryAfterMs: retryAfterOf(answer.headers["retry-after"], clock.now()), text: await beginningOf(answer.body) };
      } catch (thrown) {
        throw failure(new URL(url).host, thrown);
      }
    },
    connect: async ({ host, port }) => {
      try {
        guard.checkLiteral(bare(host));
        return await openSocket({ host: bare(host), port, lookup: guard.lookup });
      } catch (thrown) {
        throw failure(`${host}:${port}`, thrown);
      }
    },
  };
}

/** An IPv6 address without the brackets that it has in a URL. */
const bare = (host: string) => host.replace(/^\[(.*)\]$/, "$1");

const refused = (host: string, reason: string) =>
  new AppError(
    "outbound.refused",
    `Nothing is sent to ${host}: ${reason}. Take an address on the Internet, or name the host in NOTICE_ALLOWED_HOSTS if it is yours.`,
  );

/**
 * The check is made on the addresses that are connected to, at the time of connecting: a name that was harmless when it was entered may be pointed
 * at the home later.
 */
function createGuard(allowedHosts: readonly string[]) {
  const allowed = new Set(allowedHosts.map((host) => bare(host.toLowerCase())));
  const judge = (host: string, addresses: readonly string[]) => {
    if (allowed.has(host.toLowerCase())) return;
    const reason = addresses.map((address) => refusalOf(address, ownNetworks())).find((found) => found !== undefined);
    if (reason !== undefined) throw refused(host, reason);
  };
  const lookup: LookupFunction = (host, options, done) =>
    resolve(host, { ...options, all: true }, (error, found: LookupAddress[]) => {
      if (error !== null) return done(error, []);
      try {
        judge(
          host,
          found.map(({ address }) => address),
        );
      } catch (thrown) {
        return done(thrown as NodeJS.ErrnoException, []);
      }
      const [first] = found;
      return options.all === true ? done(null, found) : done(null, first?.address ?? "", first?.family);
    });
  // Node looks up names only, so that an address in a URL would pass by the check above.
  return { lookup, checkLiteral: (host: string) => (isIP(host) === 0 ? undefined : judge(host, [host])) };
}

const ownNetworks = () =>
  Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .flatMap(({ cidr }) => (cidr === null ? [] : [cidr]));

function openSocket({ host, port, lookup }: { host: string; port: number; lookup: LookupFunction }): Promise<Socket> {
  return new Promise((done, fail) => {
    const socket = connect({ host, port, lookup, timeout: timeoutMs });
    socket.once("connect", () => {
      socket.setTimeout(0).removeListener("error", fail);
      done(socket);
    });
    socket.once("error", fail);
    socket.once("timeout", () => socket.destroy(new Error(`no connection within ${timeoutMs / 1_000} s`)));
  });
}

async function beginningOf(body: AsyncIterable<Buffer>): Promise<string> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of body) {
    pieces.push(piece);
    size += piece.length;
    if (size >= shownBytes) break;
  }
  return Buffer.concat(pieces).subarray(0, shownBytes).toString("utf8");
}

const longestAskedMs = 86_400_000;

/** Seconds or a date. */
function retryAfterOf(value: string | string[] | undefined, nowMs: number): number | undefined {
  if (typeof value !== "string") return undefined;
  const ms = /^\d+$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - nowMs;
  return Number.isNaN(ms) ? undefined : Math.min(longestAskedMs, Math.max(0, ms));
}

function failure(host: string, thrown: unknown): AppError {
  const known = [thrown, (thrown as { cause?: unknown } | undefined)?.cause].find((one) => one instanceof AppError);
  if (known instanceof AppError) return known;
  return new AppError("outbound.unreachable", `${host} can't be reached (${systemCodeOf(thrown) ?? messageOf(thrown)}).`, { retryable: true, cause: thrown });
}
