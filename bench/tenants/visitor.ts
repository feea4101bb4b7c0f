import type { LookupFunction } from "node:net";
import { connect } from "node:tls";
import { Agent, request, WebSocket } from "undici";
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

export function createVisitor({ address, authority }: WholeHome["edge"]): Visitor {
  const lookup: LookupFunction = (_name, { all }, done) => (all === true ? done(null, [{ address, family: 4 }]) : done(null, address, 4));
  const dispatcher = new Agent({ allowH2: false, connect: { ca: authority, lookup, timeout: 60_000 } });
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
        const status = await ask(id, token, "/readyz");
        if (status === 200) {
          await greeting(new WebSocket(`wss://${id}.localhost:${httpsPort}/`, { headers: headers(token), dispatcher }));
          return { refusals };
        }
        // The door has held the request for half a minute by then, so this is no hurry.
        if (status !== 503 && status !== 502) throw new Error(`${id} answered with ${status}.`);
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

/** OpenClaw's first frame. */
function greeting(socket: WebSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error("The WebSocket greeted nobody within a minute.")), 60_000);
    const end = (settle: () => void) => {
      clearTimeout(late);
      socket.close();
      settle();
    };
    socket.addEventListener("error", ({ message }) => end(() => reject(new Error(`The WebSocket failed: ${message}`))));
    socket.addEventListener("message", ({ data }) =>
      end(() => (String(data).includes("connect.challenge") ? resolve() : reject(new Error("The WebSocket did not begin with a challenge.")))),
    );
  });
}
