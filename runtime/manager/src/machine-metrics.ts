import { readFile } from "node:fs/promises";
import type { Metrics } from "@freehold/kernel/metrics";
import type { Engine } from "./engine.ts";
import { readCpu, readMemory } from "./machine-figures.ts";

export interface WatchedMachine {
  engine: Pick<Engine, "list" | "stats" | "inspectNetwork">;
  /** Of the home's containers. */
  prefix: string;
}

/**
 * The metrics with those of the machine under the home, read at each scrape: Oracle judges by them whether a free machine is idle. What goes in and
 * out is counted at the services that reach the Internet, what they say to one another included: it is never less than what passes the machine's card.
 */
export function withMachine(metrics: Metrics, { engine, prefix }: WatchedMachine): Metrics {
  const cpu = metrics.gauge("freehold_machine_cpu_seconds", "Time of all processors since the machine started.", ["mode"]);
  const used = metrics.gauge("freehold_machine_memory_used_bytes", "Memory of the machine that no new program could have.");
  const size = metrics.gauge("freehold_machine_memory_size_bytes", "Memory of the machine.");
  const traffic = metrics.gauge("freehold_machine_network_bytes", "Bytes in and out of a service that reaches the Internet.", ["service"]);
  const internal = new Map<string, boolean>();
  const isInternal = async (network: string) => {
    const known = internal.get(network) ?? (await engine.inspectNetwork(network))?.Internal ?? true;
    internal.set(network, known);
    return known;
  };
  const readProcessors = async () => {
    const { busy, all } = readCpu(await readFile("/proc/stat", "utf8"));
    cpu.set({ mode: "busy" }, busy);
    cpu.set({ mode: "all" }, all);
  };
  const readMachineMemory = async () => {
    const memory = readMemory(await readFile("/proc/meminfo", "utf8"));
    used.set(memory.used);
    size.set(memory.size);
  };
  const countTraffic = async () => {
    const services = (await engine.list({ "freehold.service": null })).filter(({ Names, State }) => State === "running" && Names[0]?.startsWith(`/${prefix}-`));
    for (const { Id, Labels, NetworkSettings } of services) {
      const networks = Object.keys(NetworkSettings?.Networks ?? {});
      if ((await Promise.all(networks.map(isInternal))).every((inside) => inside)) continue;
      const stats = await engine.stats(Id);
      const bytes = Object.values(stats?.networks ?? {}).reduce((sum, { rx_bytes, tx_bytes }) => sum + rx_bytes + tx_bytes, 0);
      traffic.set({ service: Labels["freehold.service"] ?? "" }, bytes);
    }
  };
  return {
    ...metrics,
    text: async () => {
      // What can't be read now is told as it was.
      await Promise.allSettled([readProcessors(), readMachineMemory(), countTraffic()]);
      return metrics.text();
    },
  };
}
