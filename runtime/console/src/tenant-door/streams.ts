import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { Admitted, Admissions } from "./admission.ts";
import { beginOnward, carryAnswer, carrySocket, type Edge, type Way } from "./relay.ts";

/** Units: milliseconds. How often open streams are held against what let them in. */
export const recheckEveryMs = 2_000;

interface OpenStream {
  admitted: Admitted;
  cut: () => void;
}

export interface Streams {
  /** How many are open, by tenant. */
  open(): ReadonlyMap<string, number>;
  /** Carries on a WebSocket, from its handshake on. */
  upgrade(way: Way, at: { request: IncomingMessage; socket: Duplex; head: Buffer }): void;
  /** Carries on an answer that stays open, such as an event stream. */
  answer(way: Way, at: { request: IncomingMessage; response: ServerResponse }): void;
  /** Cuts those whose pass, session, person or token is no longer good. */
  recheck(): Promise<void>;
  close(): void;
}

/**
 * What stays open passes through here, for two reasons: a tenant with an open stream is in use, which nobody else could tell; and who is no longer let in
 * must not go on listening. The bytes go on through Caddy's inner entrance, since Caddy alone is in the tenants' networks.
 */
export function createStreams({ admissions, ...edge }: Edge & { admissions: Pick<Admissions, "holds"> }): Streams {
  const streams = new Set<OpenStream>();
  const hold = ({ admitted }: Way, end: Duplex | ServerResponse): void => {
    const stream = { admitted, cut: () => void end.destroy() };
    streams.add(stream);
    end.once("close", () => streams.delete(stream));
  };
  return {
    open() {
      const counts = new Map<string, number>();
      for (const { admitted } of streams) counts.set(admitted.door.id, (counts.get(admitted.door.id) ?? 0) + 1);
      return counts;
    },
    upgrade(way, { request, socket, head }) {
      hold(way, socket);
      carrySocket(beginOnward(edge, way, request), { socket, head });
    },
    answer(way, { request, response }) {
      hold(way, response);
      carryAnswer(beginOnward(edge, way, request), { request, response });
    },
    async recheck() {
      const alike = Map.groupBy(streams, ({ admitted: { credential, host } }) => `${credential.kind} ${credential.tokenSha256.toString("base64")} ${host}`);
      for (const those of alike.values()) {
        // When nobody can tell, the stream stays: the database or the manager may be away for a moment.
        const holds = await admissions.holds(those[0]!.admitted).catch(() => true);
        if (!holds) for (const { cut } of those) cut();
      }
    },
    close() {
      for (const { cut } of streams) cut();
    },
  };
}
