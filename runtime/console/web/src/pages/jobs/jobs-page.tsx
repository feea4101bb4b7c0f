import { useEffect, useRef, useState } from "react";
import { useLocation, useSearchParams } from "wouter";
import { jobStates, type JobState } from "../../api/types.ts";
import { useShortcuts } from "../../shell/shortcuts.ts";
import { useTitle } from "../title.ts";
import { Composer, type ComposerHandle } from "./composer.tsx";
import { JobFilters } from "./job-filters.tsx";
import { JobList } from "./job-list.tsx";
import { RehearsalBanner } from "./rehearsal-banner.tsx";

export function JobsPage() {
  useTitle("Jobs");
  const [search, setSearch] = useSearchParams();
  const [, navigate] = useLocation();
  const [wanted, setWanted] = useState("");
  const composer = useRef<ComposerHandle>(null);
  const state = jobStates.find((known) => known === search.get("state"));
  const isNew = search.has("new");
  useEffect(() => {
    if (!isNew) return;
    composer.current?.focus();
    navigate("/", { replace: true });
  }, [isNew, navigate]);
  useShortcuts({
    "/": () => document.getElementById("job-search")?.focus(),
    j: () => moveFocus(1),
    k: () => moveFocus(-1),
  });
  const choose = (next: JobState | undefined) => setSearch(next === undefined ? {} : { state: next }, { replace: true });
  return (
    <main className="page">
      <h1 className="visually-hidden">Jobs</h1>
      <RehearsalBanner />
      <Composer ref={composer} />
      <section aria-label="Jobs" className="board">
        <JobFilters state={state} onState={choose} wanted={wanted} onWanted={setWanted} />
        <JobList state={state} wanted={wanted} onExample={(prompt) => composer.current?.write(prompt)} onClear={() => setWanted("")} />
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
