import { TriangleAlert } from "lucide-react";
import { useAlerts } from "../api/metrics-queries.ts";
import { Prose } from "../parts/prose.tsx";
import { Ago } from "../parts/time.tsx";

/** What fires now, worst first; nothing while all is well, or while nobody can say. */
export function AlertList() {
  const { data } = useAlerts();
  const firing = (data?.alerts ?? []).filter(({ state }) => state === "firing");
  if (firing.length === 0) return null;
  const worst = firing.toSorted((one, other) => Number(other.severity === "critical") - Number(one.severity === "critical"));
  return (
    <section aria-label="Alerts" className="alerts">
      {worst.map(({ name, severity, summary, description, since }) => (
        <div key={`${name} ${summary}`} className={severity === "critical" ? "notice bad" : "notice"}>
          <TriangleAlert aria-hidden="true" />
          <div>
            <strong>{summary}</strong>
            <p>
              <Prose text={description} />{" "}
              <span className="muted">
                Begun <Ago iso={since} />.
              </span>
            </p>
          </div>
        </div>
      ))}
    </section>
  );
}
