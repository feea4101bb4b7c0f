import { judge, percentile, type Contender, type Figures, type Held } from "./figures.ts";

const table = (rows: readonly (readonly (string | number)[])[]): string =>
  [rows[0] ?? [], (rows[0] ?? []).map(() => "---"), ...rows.slice(1)].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
const mb = (bytes: number) => (bytes / 1e6).toFixed(bytes < 1e8 ? 1 : 0);
const whole = ({ whole: intact, apart }: NonNullable<Contender["underLoad"]>) =>
  `${intact ? "whole" : "damaged"}, ${apart} apart${intact && apart >= 0 && apart <= 1 ? "" : ": of no one moment"}`;

function pauses(held: readonly Held[]): string {
  const row = (what: string, values: readonly number[]) => [what, ...[0.5, 0.9, 0.99].map((share) => percentile(values, share).toFixed(0))];
  return table([
    ["milliseconds", "p50", "p90", "p99"],
    row(
      "the container stands still, freeze to thaw",
      held.map(({ containerMs }) => containerMs),
    ),
    row(
      "the writer's longest gap",
      held.map(({ writerMs }) => writerMs),
    ),
    row(
      "the lease, as the snapshot tells it",
      held.map(({ leaseMs }) => leaseMs),
    ),
    row(
      "the whole backup",
      held.map(({ tookMs }) => tookMs),
    ),
  ]);
}

function sideBySide(contenders: readonly Contender[]): string {
  const columns: readonly (readonly [string, (one: Contender) => string | number | undefined])[] = [
    ["first, s", ({ first }) => first?.seconds.toFixed(1)],
    ["MB sent", ({ first }) => first && mb(first.bytes)],
    ["objects", ({ first }) => first?.objects],
    ["after 1 %, s", ({ changed }) => changed?.seconds.toFixed(1)],
    ["MB sent", ({ changed }) => changed && mb(changed.bytes)],
    ["a day, MB", ({ day }) => day && mb(day.bytes)],
    ["a day, objects", ({ day }) => day?.objects],
    ["restore, s", ({ restore }) => restore?.seconds.toFixed(1)],
    ["entries that differ", ({ restore }) => restore?.different],
    ["two databases copied while written to", ({ underLoad }) => underLoad && whole(underLoad)],
  ];
  return table([["", ...contenders.map(({ name }) => name)], ...columns.map(([head, cell]) => [head, ...contenders.map((one) => cell(one) ?? "–")])]);
}

export function page(figures: Figures): string {
  const { date, machine, load, size, idle, contenders, dayRequests, firstBootMs } = figures;
  const verdicts = judge(figures).map(({ goal, limit, measured, met }) => [goal, limit, measured, met ? "met" : "**missed**"]);
  const [run, hours] = [
    contenders.find(({ name }) => name === "Freehold")?.day?.runs ?? 0,
    contenders.find(({ name }) => name.startsWith("tar"))?.day?.runs ?? 0,
  ];
  return `# Backups of a live tenant, ${date}

Machine: ${machine}; load ${load.before.toFixed(1)} before, ${load.after.toFixed(1)} after. A home of ${size.mb} MB in ${size.files} entries, OpenClaw running in it with 0.5 CPU.

${table([["goal", "limit", "measured", ""], ...verdicts])}

${idle === undefined ? "" : thePause(figures, idle)}## Side by side

${sideBySide(contenders)}

A dash: not measured in this run, or, for tar after 1 %, the same as the first. restic's and tar's copies are of the same live home, without any pause. restic, like Freehold, sends to the home's bucket emulator; tar's archive is one
file on a local volume, and its way to a bucket is in none of its times. Freehold's snapshots also hold dumps of the home's (empty) databases.
${run === 0 ? "" : theDay(run, hours, dayRequests ?? 0)}Freehold's restore is fetched, compared with the snapshot's record, and every database in it checked. OpenClaw's first start took ${(firstBootMs / 1_000).toFixed(1)} s.
`;
}

const thePause = ({ held, rows }: Figures, idle: NonNullable<Figures["idle"]>) => `## The pause

${held.length} backups while ${rows} rows a second went into each of two databases, and notes and a log were written. In ${idle.seconds} s without a backup the writer's longest gap was ${idle.longestMs.toFixed(0)} ms.

${pauses(held)}

`;

const theDay = (
  runs: number,
  tarRuns: number,
  requests: number,
) => `A day is ${runs} hourly runs, each after 10 notes, 3 transcripts, 20 rows updated and 80 added in two databases, and a new file of 300 kB (of a home of 2,000 MB; of a smaller one in proportion).
tar was run ${tarRuns === 0 ? "not at all" : "once, at its end, and the other hours are reckoned by that"}. Locks, which restic puts and takes away, are not among the objects. Freehold's day asked the bucket for ${requests} requests of all kinds.
`;
