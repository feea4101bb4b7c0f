import { randomBytes } from "node:crypto";
import { request as httpsRequest } from "node:https";
import type { LookupFunction } from "node:net";
import { connect } from "node:tls";
import { Agent, request } from "undici";
import { httpsPort, type WholeHome } from "./whole-home.ts";

/** A program of a tenant's person: it comes by the tenant's name over HTTPS, with the tenant's own token. */
export interface Visitor {
  ask(id: string, token: string, path: string): Promise<number>;
  /** Asks until a page and a WebSocket's greeting have come; how often it was told to come again. */
  untilServed(id: string, token: string): Promise<{ refusals: number }>;
  /** From the first packet to a TLS session by a name. Units: milliseconds. */
  handshake(host: string): Promise<number>;
  close(): Promise<void>;
}

/** Units: milliseconds. */
const patienceMs = 900_000;

/** Finds every name of a home at its Caddy, and trusts no authority but its own. */
export function agentFor({ address, authority }: WholeHome["edge"]): Agent {
  const lookup: LookupFunction = (_name, { all }, done) => (all === true ? done(null, [{ address, family: 4 }]) : done(null, address, 4));
  return new Agent({ allowH2: false, connect: { ca: authority, lookup, timeout: 60_000 } });
}

export function createVisitor({ address, authority }: WholeHome["edge"]): Visitor {
  const dispatcher = agentFor({ address, authority });
  const headers = (token: string) => ({ authorization: `Bearer ${token}`, accept: "application/json" });
  const ask: Visitor["ask"] = async (id, token, path) => {
    const answer = await request(`https://${id}.localhost:${httpsPort}${path}`, { dispatcher, headers: headers(token) });
    await answer.body.dump();
    return answer.statusCode;
  };
  return {
    ask,
    async untilServed(id, token) {
      const until = Date.now() + patienceMs;
      for (let refusals = 0; Date.now() < until; refusals++) {
        const status = await ask(id, token, "/readyz").catch(notYetValid);
        if (status === 200) {
          await greeting({ address, authority }, `${id}.localhost`, headers(token));
          return { refusals };
        }
        // The door has held the request for half a minute by then, so this is no hurry.
        if (![503, 502, tooEarly].includes(status)) throw new Error(`${id} answered with ${status}.`);
        await new Promise((done) => setTimeout(done, 50));
      }
      throw new Error(`${id} was not served within ${patienceMs} ms.`);
    },
    handshake: (host) =>
      new Promise((resolve, reject) => {
        const began = performance.now();
        const socket = connect({ host: address, port: httpsPort, servername: host, ca: authority });
        socket.setTimeout(60_000, () => socket.destroy(new Error(`No TLS session for ${host} within a minute.`)));
        socket.once("error", reject);
        socket.once("secureConnect", () => {
          resolve(performance.now() - began);
          socket.end();
        });
      }),
    close: () => dispatcher.destroy(),
  };
}

const tooEarly = 0;

/**
 * Caddy's own authority signs from this very second on, and a client whose clock is behind by a tick refuses that: here once in a thousand new names, where the
 * second turns over between the two. A browser's next try is taken.
 */
function notYetValid(thrown: unknown): number {
  if ((thrown as { code?: string }).code === "CERT_NOT_YET_VALID") return tooEarly;
  throw thrown;
}

/**
 * Waits for OpenClaw's first frame, and leaves without a word: a closing handshake that the other side is slow to answer would keep the stream open, and
 * with it the tenant in use.
 */
function greeting({ address, authority }: WholeHome["edge"], host: string, headers: Record<string, string>): Promise<void> {
  const handshake = { connection: "Upgrade", upgrade: "websocket", "sec-websocket-version": "13", "sec-websocket-key": randomBytes(16).toString("base64") };
  return new Promise((resolve, reject) => {
    const place = { host: address, port: httpsPort, servername: host, ca: authority, agent: false, timeout: 60_000 };
    const sent = httpsRequest({ ...place, path: "/", headers: { ...headers, ...handshake, host: `${host}:${httpsPort}` } });
    const failed = (why: string) => {
      sent.destroy();
      reject(new Error(`The WebSocket at ${host} ${why}.`));
    };
    sent.once("timeout", () => failed("greeted nobody within a minute"));
    sent.once("error", reject);
    sent.once("response", ({ statusCode }) => failed(`was refused with ${statusCode ?? 0}`));
    sent.once("upgrade", (_answer, socket, head) => {
      let text = head.toString("latin1");
      const read = (chunk: Buffer | string) => {
        text += typeof chunk === "string" ? chunk : chunk.toString("latin1");
        if (!text.includes("connect.challenge")) return;
        socket.destroy();
        resolve();
      };
      socket.on("error", reject);
      socket.once("close", () => reject(new Error(`The WebSocket at ${host} did not begin with a challenge.`)));
      socket.on("data", read);
      read("");
    });
    sent.end();
  });
}
