/** What one contender did in one cell of one round. Units: milliseconds; shares of one core's time, 1 being all of it. */
export interface Sample {
  contender: string;
  cell: string;
  round: number;
  count: number;
  errors: number;
  why: string | undefined;
  perSecond: number;
  latency: { p50: number; p99: number };
  ttft: { p50: number; p99: number } | undefined;
  /** The gateway's own CPU time; independent of what else the machine does. Units: milliseconds for 1,000 requests. */
  cpuMsPer1000: number | undefined;
  gatewayShare: number;
  harnessShare: number;
  /** What other processes of the machine used, PostgreSQL among them. */
  othersShare: number;
}

/** What one contender took to keep many slow streams open. Units: megabytes, seconds. */
export interface MemorySample {
  contender: string;
  opened: number;
  openSeconds: number;
  idleMb: number;
  heldMb: number;
  peakMb: number;
  why: string | undefined;
}
