import type { Settings } from "../settings.ts";
import { Failure } from "./failure.ts";
import type { HomeClient } from "./home-client.ts";
import { dockerText } from "./run.ts";
import type { Stack } from "./stack.ts";
import { backupRows, budgetRows, idleRows, usageRows, type IdleFigures, type Row, type TargetStatus } from "./standing-rows.ts";

export interface Standing {
  stack: Stack;
  settings: Settings;
  home: () => Promise<HomeClient>;
  /** Whether what runs is compared with how it was made, which takes its time. */
  drift: boolean;
  /** Units: milliseconds since 1970. */
  now: number;
}

/** How a home stands: what it uses of each free amount, its backups, what was changed by hand, and whether Oracle may take its machine for idle. */
export async function standingRows({ stack, settings, home, drift, now }: Standing): Promise<Row[]> {
  const ocpus = settings.place === "oracle" ? settings.oracle?.ocpus : undefined;
  const parts = [
    part("usage", async () => usageRows(await stack.resources(), settings)),
    part("backups", () => backupsOf(home, now)),
    part("the machine's figures", async () => idleRows(await idleFigures(stack.prefix), ocpus)),
    ...(drift ? [part("drift", () => driftRows(stack))] : []),
  ];
  return (await Promise.all(parts)).flat();
}

/** What can't be found out is a row, too: the rest is told all the same. */
async function part(what: string, look: () => Promise<Row[]>): Promise<Row[]> {
  return look().catch((thrown: Error): Row[] => [{ what, figure: `not known: ${thrown.message.split("\n")[0] ?? ""}`, limit: "", state: "unknown" }]);
}

async function backupsOf(home: Standing["home"], now: number): Promise<Row[]> {
  const client = await home();
  const { snapshots, targets } = await client
    .get<{ snapshots: { target?: string; createdAt: string }[]; targets: TargetStatus[] }>("/api/backups")
    .finally(() => client.close());
  return [...backupRows(targets, snapshots, now), ...budgetRows(targets)];
}

async function driftRows(stack: Stack): Promise<Row[]> {
  const { code, stdout, stderr } = await stack.quietly("refresh", "--preview-only", "--expect-no-changes", "--suppress-outputs", "--stack", stack.name);
  if (code === 0) return [{ what: "drift", figure: "none: all is as it was made", limit: "", state: "ok" }];
  const changed = stdout.split("\n").filter((line) => /^ *[-~+]/.test(line) && /\b(update|delete|create)d?\b/.test(line)).length;
  if (changed === 0) throw new Failure((stderr || stdout).trim().split("\n").at(-1) ?? "", "");
  return [
    { what: "drift", figure: `${changed} differ from how they were made: npm run freehold -- check-state ${stack.name} --drift`, limit: "", state: "look" },
  ];
}

const busy = 'sum(rate(freehold_machine_cpu_seconds{mode="busy"}[5m])) / sum(rate(freehold_machine_cpu_seconds{mode="all"}[5m]))';
const queries = {
  cpu: `quantile_over_time(0.95, (${busy})[7d:5m])`,
  memory: "avg_over_time((max(freehold_machine_memory_used_bytes) / max(freehold_machine_memory_size_bytes))[7d:5m])",
  networkBytes: "avg_over_time((sum(rate(freehold_machine_network_bytes[5m])))[7d:5m])",
  days: "count_over_time((max(freehold_machine_memory_size_bytes))[7d:5m]) / 288",
} as const;

/** The home's own figures; asked in its container, since nothing else reaches them. Throws: Failure where it does not run. */
async function idleFigures(prefix: string): Promise<IdleFigures> {
  const [cpu, memory, networkBytes, days] = await Promise.all(Object.values(queries).map((query) => ask(prefix, query)));
  return { cpu, memory, networkBytes, days: days ?? 0 };
}

/** bash speaks TCP itself: the image has no client for HTTP. */
const script = 'exec 3<>/dev/tcp/127.0.0.1/8428; printf "GET /api/v1/query?query=%s HTTP/1.0\\r\\n\\r\\n" "$0" >&3; cat <&3';

async function ask(prefix: string, query: string): Promise<number | undefined> {
  const answer = await dockerText("exec", `${prefix}-metrics`, "bash", "-c", script, encodeURIComponent(query));
  if (answer === undefined) throw new Failure(`the container ${prefix}-metrics does not answer`, "Start the home.");
  return readAnswer(answer);
}

/** The one value of an answer; undefined where nothing was measured. Shape: HTTP with Prometheus's JSON in it. Throws: Failure where the query was refused. */
export function readAnswer(answer: string): number | undefined {
  const body = JSON.parse(answer.slice(answer.indexOf("{"))) as { status: string; error?: string; data?: { result: { value: [number, string] }[] } };
  if (body.status !== "success") throw new Failure(`the figures' query was refused: ${body.error ?? answer}`, "");
  const value = Number(body.data?.result[0]?.value[1] ?? Number.NaN);
  return Number.isFinite(value) ? value : undefined;
}
