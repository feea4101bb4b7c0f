import { setTimeout as delay } from "node:timers/promises";
import { docker } from "../../tests/support/job-place.ts";
import { until } from "../../tests/support/until.ts";
import type { Eviction, Served } from "./eviction-order.ts";
import type { Visitor } from "./visitor.ts";
import type { WholeHome } from "./whole-home.ts";

interface TenantView {
  id: string;
  state: string;
  readyAt: string | null;
  lastActiveAt: string | null;
}

export interface Crowd {
  /** Makes tenants, with an image of their own where one is given, and waits until all are asleep. Units: milliseconds. */
  define(ids: readonly string[], image: (index: number) => string | undefined): Promise<number>;
  /** Comes to a tenant that may sleep, and stays until it is served. Units: milliseconds. */
  visit(id: string): Promise<number>;
  /** A request more to one that is awake. */
  call(id: string): Promise<void>;
  running(): number;
  /** Reads, until it is ended, who was last active when by the manager's own account: on a busy machine visitors learn of it seconds later. */
  watchActivity(): { end(): Promise<readonly Served[]> };
  /** Who was put to sleep for others, or whatever else happened to them by the manager's history, in its order. */
  happened(kind: "evicted" | "died"): Promise<Eviction[]>;
  /** The different networks that tenants were seen on. */
  subnetsSeen(): number;
}

/** Tenants, their tokens, and who was there when. */
export function crowd(home: WholeHome, visitor: Visitor): Crowd {
  const tokens = new Map<string, string>();
  const subnets = new Set<string>();
  const states = async () => (await home.manager("GET", "/tenants?limit=1000")).body["tenants"] as TenantView[];
  return {
    watchActivity() {
      const served: Served[] = [];
      const seen = new Map<string, number>();
      const ended = new AbortController();
      const read = async () => {
        for (const { id, state, readyAt, lastActiveAt } of await states()) {
          const at = Math.max(...[readyAt, lastActiveAt].map((time) => (time === null ? 0 : Date.parse(time))));
          // Who waits for a place was asked for, and has none that could be taken.
          if (state !== "awake" || seen.get(id) === at) continue;
          seen.set(id, at);
          served.push({ id, at });
        }
      };
      const reading = (async () => {
        while (!ended.signal.aborted) {
          await read();
          await delay(500, undefined, { signal: ended.signal }).catch(() => undefined);
        }
      })();
      return {
        async end() {
          ended.abort();
          await reading;
          await read();
          return served;
        },
      };
    },
    async define(ids, image) {
      const began = performance.now();
      for (const [index, id] of ids.entries()) {
        const own = image(index);
        const { status, body } = await home.manager("POST", "/tenants", { id, ...(own === undefined ? {} : { image: own }) });
        if (status !== 201) throw new Error(`${id} was refused with ${status}: ${JSON.stringify(body)}`);
        tokens.set(id, String(body["token"]));
      }
      await until("all to be asleep", async () => (await states()).every(({ state }) => state === "asleep"), { timeoutMs: 1_200_000, everyMs: 1_000 });
      return performance.now() - began;
    },
    async visit(id) {
      const began = performance.now();
      await visitor.untilServed(id, tokens.get(id) ?? "");
      const servedAfterMs = performance.now() - began;
      subnets.add(docker("network", "inspect", "--format", "{{(index .IPAM.Config 0).Subnet}}", home.box.nameOf(id)));
      return servedAfterMs;
    },
    async call(id) {
      const status = await visitor.ask(id, tokens.get(id) ?? "", "/readyz");
      if (status !== 200) throw new Error(`${id} is awake and answered with ${status}.`);
    },
    running: () =>
      docker("ps", "--quiet", "--filter", `name=^${home.box.nameOf("")}`)
        .split("\n")
        .filter(Boolean).length,
    async happened(wanted) {
      const found: Eviction[] = [];
      for (const id of tokens.keys()) {
        const events = (await home.manager("GET", `/tenants/${id}/events?limit=500`)).body["events"] as { kind: string; at: string }[];
        for (const { kind, at } of events) if (kind === wanted) found.push({ id, at: Date.parse(at) });
      }
      return found.toSorted((left, right) => left.at - right.at);
    },
    subnetsSeen: () => subnets.size,
  };
}
