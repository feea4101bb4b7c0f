import type { HeldFigures } from "./held-streams.ts";
import { median, table, type Verdict } from "./https-report.ts";

/** Units: milliseconds. */
export interface ComingFigures {
  count: number;
  /** How many came and went at one time. */
  together: number;
  ms: number;
  /** From the wish for a tenant to its first page and WebSocket. */
  servedMs: number[];
  held: HeldFigures;
}

export function judgeComing({ count, servedMs, held }: ComingFigures): Verdict[] {
  const open = held.sockets + held.streams;
  return [
    { goal: `${count} tenants added, served over HTTPS and removed`, measured: `${servedMs.length}`, reached: servedMs.length === count },
    {
      goal: `${held.sockets} WebSockets and ${held.streams} event streams of another one stay open`,
      measured: `${held.cut} of ${open} cut, ${held.echoes} words answered`,
      reached: held.cut === 0 && held.echoes > held.sockets,
    },
    { goal: "no request to it is dropped", measured: `${held.dropped} of ${held.requests}`, reached: held.dropped === 0 && held.requests > 0 },
  ];
}

export interface ComingPage {
  day: string;
  machine: string;
  figures: ComingFigures;
  verdicts: readonly Verdict[];
}

export function renderComing({ day, machine, figures, verdicts }: ComingPage): string {
  const { together, ms, servedMs, held } = figures;
  const seconds = (value: number) => `${(value / 1_000).toFixed(1)} s`;
  const rows: [string, string][] = [
    [`all of them, ${together} at a time`, seconds(ms)],
    ["from the wish for a tenant to its first page and WebSocket: median, longest", `${seconds(median(servedMs))}, ${seconds(Math.max(...servedMs))}`],
    ["the longest wait for a word over an open WebSocket (100 at a time, each once a second)", seconds(held.longestEchoMs)],
    ["the longest silence of a stream that sends an event each second", seconds(held.longestSilenceMs)],
    ["the longest wait for a page of the other one", seconds(held.longestRequestMs)],
  ];
  return [
    `# Tenants that come and go beside open streams, ${day}`,
    "",
    `Machine: ${machine}.`,
    "Each gets its home, its key, its network with Caddy, gateway and egress proxy on it, and its container (the tests' stand-in in the tenants' image), is asked for by its name over HTTPS, and is",
    "removed with all of that. Meanwhile another one's WebSockets and event streams stay open through the same Caddy and console, and it is asked for pages without a pause.",
    "",
    ...table(
      ["goal", "measured", ""],
      verdicts.map(({ goal, measured, reached }) => [goal, measured, reached ? "reached" : "missed"]),
    ),
    "",
    ...table(["", ""], rows),
    "",
  ].join("\n");
}
