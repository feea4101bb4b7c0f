import type { NextRuns } from "../../api/schedule-types.ts";

/** The next times, as the clock of the schedule's own zone shows them. */
export function NextTimes({ of: { timeZone, next } }: { of: NextRuns }) {
  if (next.length === 0) return <p className="muted">It never runs: no day has these fields.</p>;
  return (
    <div className="next-times">
      <p className="muted">Next, in {timeZone}</p>
      <ol>
        {next.map((iso) => (
          <li key={iso}>
            <time dateTime={iso}>{clockOf(iso)}</time>
          </li>
        ))}
      </ol>
    </div>
  );
}

/** The worker gives times with their zone's own offset: the digits are those of the clock there. */
export function clockOf(iso: string): string {
  const [, date = "", time = ""] = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}(?::\d{2})?)/.exec(iso) ?? [];
  const day = new Date(`${date}T00:00:00Z`).toLocaleDateString("en", { weekday: "short", month: "short", day: "numeric", timeZone: "UTC" });
  return `${day}, ${time.replace(/:00$/, "")}`;
}
