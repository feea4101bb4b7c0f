import { expect, test } from "@jest/globals";
import { createMetrics } from "@freehold/kernel/metrics";
import { withMachine, type WatchedMachine } from "./machine-metrics.ts";

const container = (name: string, service: string, networks: string[], state = "running") => ({
  Id: name,
  Names: [`/${name}`],
  State: state,
  Labels: { "freehold.service": service },
  NetworkSettings: { Networks: Object.fromEntries(networks.map((network) => [network, {}])) },
});

function engineOf(containers: ReturnType<typeof container>[], bytes: Record<string, number>) {
  return {
    list: async () => containers,
    inspectNetwork: async (name: string) => ({ Internal: !name.endsWith("edge") && !name.endsWith("egress") }),
    stats: async (id: string) => ({ networks: { eth0: { rx_bytes: bytes[id] ?? 0, tx_bytes: 1 }, eth1: { rx_bytes: 1, tx_bytes: 0 } } }),
  } as unknown as WatchedMachine["engine"];
}

test("the machine's figures are told at each look: processors, memory, and the traffic of this home's services that reach the Internet", async () => {
  const containers = [
    container("freehold-dev-edge", "edge", ["freehold-dev-edge"]),
    container("freehold-dev-egress", "egress", ["freehold-dev-core", "freehold-dev-egress"]),
    container("freehold-dev-postgres", "postgres", ["freehold-dev-core"]),
    container("freehold-other-edge", "edge", ["freehold-other-edge"]),
    container("freehold-dev-gone", "gone", ["freehold-dev-edge"], "exited"),
  ];
  const bytes = { "freehold-dev-edge": 1_000, "freehold-dev-egress": 500, "freehold-other-edge": 9_999 };
  const metrics = withMachine(createMetrics(), { engine: engineOf(containers, bytes), prefix: "freehold-dev" });
  const text = await metrics.text();
  expect(text.match(/^freehold_machine_network_bytes.*$/gm)).toEqual([
    'freehold_machine_network_bytes{service="edge"} 1002',
    'freehold_machine_network_bytes{service="egress"} 502',
  ]);
  const told = (name: string) => Number(new RegExp(`^${name} (.+)$`, "m").exec(text)?.[1]);
  expect(told("freehold_machine_memory_size_bytes")).toBeGreaterThan(told("freehold_machine_memory_used_bytes"));
  expect(told('freehold_machine_cpu_seconds{mode="all"}')).toBeGreaterThan(told('freehold_machine_cpu_seconds{mode="busy"}'));
});

test("an engine that is away costs the traffic alone", async () => {
  const engine = { list: () => Promise.reject(new Error("away")) } as unknown as WatchedMachine["engine"];
  const text = await withMachine(createMetrics(), { engine, prefix: "freehold-dev" }).text();
  expect(text).toMatch(/^freehold_machine_memory_size_bytes \d/m);
  expect(text).not.toMatch(/^freehold_machine_network_bytes\{/m);
});
