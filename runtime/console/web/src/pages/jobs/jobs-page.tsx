import { useCallback, useEffect, useMemo, useRef } from "react";
import { useLocation, useSearchParams } from "wouter";
import { useMay } from "../../api/queries.ts";
import { useShortcuts } from "../../shell/shortcuts.ts";
import { useTitle } from "../title.ts";
import { Composer, type ComposerHandle } from "./composer.tsx";
import { filterOf, noFilter, searchOf, type JobFilter } from "./filter.ts";
import { JobFilters } from "./job-filters.tsx";
import { JobList } from "./job-list.tsx";
import { QueueBar } from "./queue-bar.tsx";
import { RehearsalBanner } from "./rehearsal-banner.tsx";

export function JobsPage() {
  useTitle("Jobs");
  const [search, setSearch] = useSearchParams();
  const [, navigate] = useLocation();
  const mayOperate = useMay("operator");
  const composer = useRef<ComposerHandle>(null);
  const filter = useMemo(() => filterOf(search), [search]);
  const isNew = search.has("new");
  const template = search.get("template");
  useEffect(() => {
    if (!isNew) return;
    composer.current?.focus();
    navigate("/", { replace: true });
  }, [isNew, navigate]);
  useEffect(() => {
    if (template === null) return;
    composer.current?.fill(template);
    navigate("/", { replace: true });
  }, [template, navigate]);
  useShortcuts({
    "/": () => document.getElementById("job-search")?.focus(),
    j: () => moveFocus(1),
    k: () => moveFocus(-1),
  });
  const choose = useCallback((next: JobFilter) => setSearch(searchOf(next), { replace: true }), [setSearch]);
  return (
    <main className="page">
      <h1 className="visually-hidden">Jobs</h1>
      <RehearsalBanner />
      {mayOperate && <Composer ref={composer} />}
      <section aria-label="Jobs" className="board">
        <QueueBar />
        <JobFilters filter={filter} onChange={choose} />
        <JobList filter={filter} onExample={(prompt) => composer.current?.write(prompt)} onClear={() => choose(noFilter)} />
      </section>
    </main>
  );
}

/** Moves the focus among the jobs' links, so that j, k and Enter work like Tab does, and a screen reader reads along. */
function moveFocus(step: 1 | -1): void {
  const links = [...document.querySelectorAll<HTMLElement>("[data-job]")];
  const at = links.findIndex((link) => link === document.activeElement);
  const next = at === -1 ? (step === 1 ? 0 : links.length - 1) : Math.min(links.length - 1, Math.max(0, at + step));
  links[next]?.focus();
}
