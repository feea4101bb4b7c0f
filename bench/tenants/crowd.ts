import { docker } from "../../tests/support/job-place.ts";
import { until } from "../../tests/support/until.ts";
import { watchActivity, type ActivityWatch, type TenantView } from "./activity-watch.ts";
import type { Eviction } from "./eviction-order.ts";
import type { Visitor } from "./visitor.ts";
import type { WholeHome } from "./whole-home.ts";

export interface Crowd {
  /** Makes tenants, with an image of their own where one is given, and waits until all are asleep. Units: milliseconds. */
  define(ids: readonly string[], image: (index: number) => string | undefined): Promise<number>;
  /** Comes to a tenant that may sleep, and stays until it is served. Units: milliseconds. */
  visit(id: string): Promise<number>;
  /** A request more to one that is awake. */
  call(id: string): Promise<void>;
  running(): number;
  watchActivity(): ActivityWatch;
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
    watchActivity: () => watchActivity(states),
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
