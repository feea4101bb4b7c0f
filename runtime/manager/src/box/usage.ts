import type { ContainerStats } from "dockerode";
import type { BoxUsage } from "./tenant-box.ts";

/** Units: nanoseconds of CPU and milliseconds of wall time. */
export interface CpuReading {
  cpuNs: number;
  atMs: number;
}

const mebibyte = 1_048_576;

/** What a reading says; the CPU since the reading before. */
export function usageOf(stats: ContainerStats, before: CpuReading): BoxUsage {
  const now = cpuOf(stats);
  const wallMs = now.atMs - before.atMs;
  return {
    memoryMb: Math.round(memoryBytes(stats) / mebibyte),
    cpuPercent: wallMs <= 0 ? 0 : Math.max(0, Math.round((now.cpuNs - before.cpuNs) / 1e4 / wallMs)),
    pids: pidsOf(stats),
  };
}

export const cpuOf = (stats: ContainerStats): CpuReading => ({ cpuNs: stats.cpu_stats.cpu_usage.total_usage, atMs: Date.parse(stats.read) });

/** Without the files that the kernel would drop first; as `docker stats` counts, for both versions of cgroups. */
function memoryBytes({ memory_stats: { usage, stats } }: ContainerStats): number {
  const counters = stats as unknown as Record<string, number | undefined>;
  return Math.max(0, usage - (counters["total_inactive_file"] ?? counters["inactive_file"] ?? 0));
}

const pidsOf = ({ pids_stats: pids }: ContainerStats) => pids?.current ?? 0;
