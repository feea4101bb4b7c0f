/** Units: milliseconds, CPU seconds, MiB. */
export interface Figures {
  readyAfterMs: number;
  prepareMs?: number;
  startMs?: number;
  startCpuSeconds: number;
  memoryMb: number;
  pauseMs?: number;
  unpauseMs?: number;
  turnMs?: number[];
  peakMb?: number;
  killed?: boolean;
  stopMs?: number;
}

export interface Row extends Figures {
  what: string;
  round: number;
  load: number;
}

const ms = (value: number | undefined) => (value === undefined ? "" : value.toFixed(0));

export function page(rows: readonly Row[], { machine, day, memoryMb, heapMb }: { machine: string; day: string; memoryMb: string; heapMb: string }): string {
  const head = [
    "",
    "round",
    "load",
    "ready, s",
    "of it prepare, ms",
    "start call, ms",
    "CPU until ready, s",
    "idle, MB",
    "pause, ms",
    "resume, ms",
    "turns, ms",
    "peak, MB",
    "killed",
    "stop, ms",
  ];
  const line = (row: Row) => [
    row.what,
    row.round,
    row.load.toFixed(1),
    (row.readyAfterMs / 1_000).toFixed(1),
    ms(row.prepareMs),
    ms(row.startMs),
    row.startCpuSeconds.toFixed(1),
    row.memoryMb,
    ms(row.pauseMs),
    ms(row.unpauseMs),
    (row.turnMs ?? []).map(ms).join(", "),
    row.peakMb ?? "",
    row.killed === undefined ? "" : row.killed ? "yes" : "no",
    ms(row.stopMs),
  ];
  const table = [head, head.map(() => "---"), ...rows.map(line)].map((cells) => `| ${cells.join(" | ")} |`);
  const limits = `Tenant: ${memoryMb} MiB, 0.5 CPU and all CPUs until it is ready${heapMb === "" ? "" : `, a heap of ${heapMb} MB`}. A negative turn was not answered.`;
  return [`# A tenant beside a plain container, ${day}`, "", `Machine: ${machine}.`, limits, "", ...table, ""].join("\n");
}
