import { limits } from "../../policies/limits.ts";
import type { Settings } from "../settings.ts";
import type { Known } from "./stack.ts";

/** One line of how a home stands. `look` marks what wants the owner's eye, `unknown` what could not be found out. */
export interface Row {
  what: string;
  figure: string;
  limit: string;
  state: "ok" | "look" | "unknown";
}

/** One free amount of a bucket, as the backup service tells it. */
export interface BudgetLine {
  what: "storageBytes" | "requests" | "classA" | "classB";
  limit: number;
  used: number;
  forecast: number;
}

export interface TargetStatus {
  name: string;
  nextRunAt: string | null;
  lastError: { code: string; message: string; at: string } | null;
  budget: BudgetLine[];
}

/** What a home's own figures say of its machine over 7 days. Units: shares of 1; bytes a second; days. */
export interface IdleFigures {
  cpu: number | undefined;
  memory: number | undefined;
  networkBytes: number | undefined;
  days: number;
}

const within = (what: string, used: number, limit: { value: number; unit: string }): Row => ({
  what,
  figure: number(used),
  limit: `${number(limit.value)} ${limit.unit}`,
  state: used <= limit.value ? "ok" : "look",
});

const number = (value: number): string => value.toLocaleString("en-US", { maximumFractionDigits: 2 });
const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;

/** What a home in the clouds has of each free amount, by Pulumi's state. */
export function usageRows(resources: readonly Known[], { oracle }: Settings): Row[] {
  if (oracle === undefined) return [];
  const all = (type: string) => resources.filter((resource) => resource.type === type);
  const vms = all("oci:Core/instance:Instance").map(valuesOf);
  const [vm] = vms;
  const sum = (name: string) => vms.reduce((total, { shapeConfig }) => total + Number((shapeConfig as Record<string, unknown> | undefined)?.[name] ?? 0), 0);
  const blockGb =
    vms.length * limits.oracle.bootVolumeGb.value + all("oci:Core/volume:Volume").reduce((total, volume) => total + Number(valuesOf(volume)["sizeInGbs"]), 0);
  const a1 = limits.oracle.a1[oracle.profile];
  const state = vm === undefined ? "none (taken down, or not had yet)" : String(vm["state"] ?? "RUNNING").toLowerCase();
  return [
    {
      what: "machine",
      figure: vm === undefined ? state : `${state}, ${String(vm["availabilityDomain"])}`,
      limit: "",
      state: vm === undefined || state === "running" ? "ok" : "look",
    },
    within("processors", sum("ocpus"), a1.ocpus),
    within("memory", sum("memoryInGbs"), a1.memoryGb),
    within("block volumes, boot and data", blockGb, limits.oracle.blockGb),
    within("networks", all("oci:Core/vcn:Vcn").length, limits.oracle.vcns),
    within("DNS records", all("cloudflare:index/dnsRecord:DnsRecord").length, limits.cloudflare.dnsRecords),
  ];
}

const valuesOf = ({ inputs, outputs }: Known): Record<string, unknown> => ({ ...inputs, ...outputs });

const budgetNames: Record<BudgetLine["what"], string> = {
  storageBytes: "stored",
  requests: "requests this month",
  classA: "writes and lists this month",
  classB: "reads this month",
};

/** What the backups use of what their buckets give for nothing. The emulators of a home on one's own machine are held to the same. */
export function budgetRows(targets: readonly TargetStatus[]): Row[] {
  return targets.flatMap(({ name, budget }) =>
    budget.map(({ what, limit, used, forecast }): Row => {
      const show = what === "storageBytes" ? (bytes: number) => `${number(bytes / 1e9)} GB` : number;
      const state = used <= limit * 0.8 && forecast <= limit ? "ok" : "look";
      return { what: `bucket ${name}, ${budgetNames[what]}`, figure: `${show(used)} (${show(forecast)} by its end)`, limit: show(limit), state };
    }),
  );
}

/** How old the newest backup is in each place. Units: milliseconds since 1970. */
export function backupRows(targets: readonly TargetStatus[], snapshots: readonly { target?: string; createdAt: string }[], nowMs: number): Row[] {
  return targets.map(({ name, nextRunAt, lastError }): Row => {
    const times = snapshots.filter(({ target }) => target === undefined || target === name).map(({ createdAt }) => Date.parse(createdAt));
    const newest = Math.max(...times);
    const age = times.length === 0 ? "none yet" : `${duration(nowMs - newest)} old, ${times.length} kept`;
    const next = nextRunAt === null ? "" : `next ${nextRunAt}`;
    if (lastError !== null) return { what: `backups ${name}`, figure: `${age}; ${lastError.code}: ${lastError.message}`, limit: next, state: "look" };
    return { what: `backups ${name}`, figure: age, limit: next, state: times.length === 0 ? "look" : "ok" };
  });
}

function duration(ms: number): string {
  const minutes = Math.max(0, Math.round(ms / 60_000));
  if (minutes < 120) return `${minutes} min`;
  return minutes < 2_880 ? `${Math.round(minutes / 60)} h` : `${Math.round(minutes / 1_440)} days`;
}

const idleShare = limits.oracle.idlePercent.value / 100;
/** Oracle's Arm machines have 1 Gbps for each processor. Units: bytes a second. */
const bytesPerOcpu = 1e9 / 8;

/**
 * The three measures by which Oracle calls a free machine idle and may stop it: all of them below the limit for 7 days. One at or above it is enough.
 * A home on one's own machine is shown the same figures, and nobody judges it.
 */
export function idleRows({ cpu, memory, networkBytes, days }: IdleFigures, ocpus: number | undefined): Row[] {
  const network = networkBytes === undefined || ocpus === undefined ? undefined : networkBytes / (ocpus * bytesPerOcpu);
  const measures = [cpu, network, memory];
  const judged = ocpus !== undefined;
  const busy = measures.some((share) => share !== undefined && share >= idleShare);
  const known = measures.every((share) => share !== undefined);
  const limit = judged ? `idle below ${percent(idleShare)}` : "not judged here";
  const row = (what: string, share: number | undefined, shown = share === undefined ? "not measured yet" : percent(share)): Row => ({
    what,
    figure: shown,
    limit,
    state: share === undefined && judged ? "unknown" : "ok",
  });
  const traffic =
    networkBytes === undefined ? undefined : `${number((networkBytes * 8) / 1e6)} Mbps at most${network === undefined ? "" : `, ${percent(network)}`}`;
  const rows = [
    row("processors, 95th percentile of 7 days", cpu),
    {
      ...row("network, mean of 7 days", network, traffic ?? "not measured yet"),
      state: networkBytes === undefined && judged ? ("unknown" as const) : ("ok" as const),
    },
    row("memory, mean of 7 days", memory),
  ];
  if (!judged) return rows;
  const span = days >= 7 ? "" : `, by ${days.toFixed(1)} of 7 days`;
  if (!busy && !known) return [...rows, { what: "idle reclaim", figure: `can't be judged${span}`, limit: "", state: "unknown" }];
  const said = busy ? `no risk${span}` : `all three are below: Oracle may stop it${span}; docs/prod.md says what helps`;
  return [...rows, { what: "idle reclaim", figure: said, limit: "", state: busy ? "ok" : "look" }];
}

const marks = { ok: "ok  ", look: "LOOK", unknown: "?   " } as const;

/** The rows as a table for a terminal. */
export function renderRows(rows: readonly Row[]): string {
  const [what, figure] = [Math.max(...rows.map((row) => row.what.length)), Math.max(...rows.map((row) => Math.min(row.figure.length, 60)))];
  return rows.map((row) => `${marks[row.state]} ${row.what.padEnd(what)}  ${row.figure.padEnd(figure)}  ${row.limit}`.trimEnd()).join("\n");
}
