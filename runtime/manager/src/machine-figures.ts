/** The time that the machine's processors have spent since it started. Units: seconds, of all processors together. */
export interface CpuSeconds {
  busy: number;
  all: number;
}

/** The kernel counts in hundredths of a second, whatever the machine. */
const ticksPerSecond = 100;

/** Reads `/proc/stat`, which tells of the whole machine in a container, too. Throws: Error for a text that is none. */
export function readCpu(stat: string): CpuSeconds {
  const [, figures = ""] = /^cpu +(.*)$/m.exec(stat) ?? [];
  // user nice system idle iowait irq softirq steal; those of guests are in user already.
  const ticks = figures.split(" ").slice(0, 8).map(Number);
  if (ticks.length < 8 || ticks.some((one) => !Number.isFinite(one))) throw new Error("/proc/stat has no line of all processors.");
  const all = ticks.reduce((sum, one) => sum + one, 0);
  const idle = (ticks[3] ?? 0) + (ticks[4] ?? 0);
  return { busy: (all - idle) / ticksPerSecond, all: all / ticksPerSecond };
}

/** Reads `/proc/meminfo`: what is in use is what could not be given to a new program. Units: bytes. Throws: Error for a text that is none. */
export function readMemory(meminfo: string): { used: number; size: number } {
  const value = (name: string): number => {
    const [, kilobytes] = new RegExp(`^${name}: +(\\d+) kB$`, "m").exec(meminfo) ?? [];
    if (kilobytes === undefined) throw new Error(`/proc/meminfo has no ${name}.`);
    return Number(kilobytes) * 1_024;
  };
  const size = value("MemTotal");
  return { used: size - value("MemAvailable"), size };
}
