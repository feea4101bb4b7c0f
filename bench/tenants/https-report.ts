import { cpus, release, totalmem } from "node:os";

/** One start, until somebody was served. Units: milliseconds, CPU seconds. */
export interface Start {
  who: "plain" | "tenant";
  /** On an empty home, or on the home of the start before. */
  what: "first" | "next";
  round: number;
  load: number;
  servedAfterMs: number;
  /** What of it is OpenClaw's own start, in that very container. */
  ownStartMs: number;
  /** The container's own. */
  cpuSeconds: number;
  /** What the home's services used meanwhile. */
  homeCpuSeconds: number;
}

/** TLS handshakes by a name that is new, and by the same name again. Units: milliseconds. */
export interface Certificate {
  newMs: number;
  knownMs: number;
}

export interface Verdict {
  goal: string;
  measured: string;
  reached: boolean;
}

export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((left, right) => left - right);
  const half = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? (sorted[half] ?? Number.NaN) : ((sorted[half - 1] ?? Number.NaN) + (sorted[half] ?? Number.NaN)) / 2;
}

const goals = {
  first: { goal: "provision to healthy over HTTPS within 10 s of a plain start", mostMs: 10_000 },
  next: { goal: "wake within 1 s of a plain start", mostMs: 1_000 },
};
const seconds = (ms: number) => (ms / 1_000).toFixed(1);
const seconds2 = (ms: number) => (ms / 1_000).toFixed(2);

/** What comes on top of OpenClaw's own start, which is read in the same container and so suffers the same other work. */
export const beyond = (start: Start): number => start.servedAfterMs - start.ownStartMs;

const of = (starts: readonly Start[], who: Start["who"], what: Start["what"]) => starts.filter((start) => start.who === who && start.what === what);

export function judge(starts: readonly Start[], certificates: readonly Certificate[]): Verdict[] {
  const ways = (["first", "next"] as const).map((what): Verdict => {
    // What the engine takes for a plain container is no work of the home's.
    const engineMs = median(of(starts, "plain", what).map(beyond));
    const added = of(starts, "tenant", what).map((start) => beyond(start) - engineMs);
    const middle = median(added);
    return { goal: goals[what].goal, measured: `${seconds2(middle)} s (${added.map(seconds2).join(", ")})`, reached: middle <= goals[what].mostMs };
  });
  const slowest = Math.max(...certificates.map(({ newMs }) => newMs));
  const issued = `slowest of ${certificates.length}: ${slowest.toFixed(0)} ms`;
  return [...ways, { goal: "a certificate for a new name within 5 s", measured: issued, reached: slowest <= 5_000 }];
}

export interface HttpsPage {
  day: string;
  machine: string;
  starts: readonly Start[];
  certificates: readonly Certificate[];
  verdicts: readonly Verdict[];
}

const names = { plain: "plain docker run", tenant: "tenant over HTTPS" };

export function renderHttps({ day, machine, starts, certificates, verdicts }: HttpsPage): string {
  const each = starts.map((start) => [
    `${names[start.who]}, ${start.what} start`,
    start.round,
    start.load.toFixed(1),
    seconds(start.servedAfterMs),
    seconds(start.ownStartMs),
    seconds2(beyond(start)),
    start.cpuSeconds.toFixed(1),
    start.homeCpuSeconds.toFixed(1),
  ]);
  const medians = (["first", "next"] as const).flatMap((what) =>
    (["plain", "tenant"] as const).map((who) => {
      const some = of(starts, who, what);
      const middle = (pick: (start: Start) => number) => median(some.map(pick));
      const times = [seconds(middle((start) => start.servedAfterMs)), seconds(middle((start) => start.ownStartMs)), seconds2(middle(beyond))];
      return [`${names[who]}, ${what} start`, ...times, middle((start) => start.cpuSeconds).toFixed(1), middle((start) => start.homeCpuSeconds).toFixed(1)];
    }),
  );
  const heads = ["served after, s", "OpenClaw's own start, s", "beyond it, s", "CPU of the container, s", "CPU of the home's services, s"];
  return [
    `# A tenant over HTTPS beside a plain container, ${day}`,
    "",
    `Machine: ${machine}. The same image and configuration; in the home real Caddy, console, manager, gateway and PostgreSQL, each in a container with the home's limits.`,
    "Served: `/readyz` by the tenant's name with its own token, and a WebSocket's greeting. OpenClaw's own start is from the start of its container to the probe in it that found it",
    "ready, so that other work on the machine, which doubles a start from one minute to the next, weighs on both sides of a difference. The goals count what a tenant has beyond its",
    "own start, less what the engine needs beyond it for a plain `docker run`.",
    "",
    ...table(
      ["goal", "measured", ""],
      verdicts.map(({ goal, measured, reached }) => [goal, measured, reached ? "reached" : "missed"]),
    ),
    "",
    "## Medians",
    "",
    ...table(["", ...heads], medians),
    "",
    "## Each start",
    "",
    ...table(["", "round", "load", ...heads], each),
    "",
    "## Certificates",
    "",
    `${certificates.length} names that nobody had asked for, signed by Caddy's own authority: TLS handshake ${median(certificates.map(({ newMs }) => newMs)).toFixed(0)} ms (median), ` +
      `${Math.max(...certificates.map(({ newMs }) => newMs)).toFixed(0)} ms (slowest); by the same name again ${median(certificates.map(({ knownMs }) => knownMs)).toFixed(0)} ms.`,
    "",
  ].join("\n");
}

export const table = (head: readonly string[], rows: readonly (readonly (string | number)[])[]): string[] =>
  [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`);

export const machineNow = (): string => `${cpus()[0]?.model ?? "?"}, ${cpus().length} CPUs, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}`;
