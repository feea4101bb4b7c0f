import type { ScheduleView } from "@freehold/kernel/api/schedule";
import { CalendarClock, FileInput, Plus } from "lucide-react";
import { useState } from "react";
import { Link, useLocation } from "wouter";
import { useMay } from "../../api/queries.ts";
import { useSchedules } from "../../api/schedule-queries.ts";
import { formatMoment } from "../../format.ts";
import { EmptyState } from "../../parts/empty-state.tsx";
import { MoreButton } from "../../parts/more-button.tsx";
import { ProblemNotice } from "../../parts/problem-notice.tsx";
import { SkeletonRows } from "../../parts/skeleton.tsx";
import { Ago } from "../../parts/time.tsx";
import { toastDone } from "../../parts/toasts.tsx";
import { useTitle } from "../title.ts";
import { ImportDialog } from "./import-dialog.tsx";
import { ScheduleDialog } from "./schedule-form.tsx";
import "../../styles/schedules.css";

export function SchedulesPage() {
  useTitle("Schedules");
  const [open, setOpen] = useState<"new" | "import">();
  const [, navigate] = useLocation();
  const mayOperate = useMay("operator");
  const schedules = useSchedules();
  const all = schedules.data?.pages.flatMap((page) => page.schedules) ?? [];
  const close = () => setOpen(undefined);
  return (
    <main className="page">
      <header className="page-header">
        <div>
          <h1>Schedules</h1>
          <p className="muted">Jobs that begin by themselves, by the clock of any time zone. Each run is a job with its own log, files and cost.</p>
        </div>
        {mayOperate && <Buttons onOpen={setOpen} />}
      </header>
      {schedules.isError && <ProblemNotice error={schedules.error} title="The schedules can't be listed now" onRetry={() => void schedules.refetch()} />}
      {schedules.isPending && <SkeletonRows count={4} />}
      {schedules.data !== undefined && all.length === 0 && <None onNew={() => setOpen("new")} onImport={() => setOpen("import")} />}
      {all.length > 0 && (
        <ul className="jobs">
          {all.map((schedule) => (
            <Item key={schedule.id} schedule={schedule} />
          ))}
        </ul>
      )}
      <MoreButton of={schedules} what="schedules" />
      {open === "new" && (
        <ScheduleDialog
          onClose={close}
          onSaved={({ id, name }) => {
            toastDone("The schedule is set", name);
            navigate(`/schedules/${id}`);
          }}
        />
      )}
      {open === "import" && <ImportDialog onClose={close} />}
    </main>
  );
}

function Buttons({ onOpen }: { onOpen: (what: "new" | "import") => void }) {
  return (
    <div className="header-buttons">
      <button type="button" className="button" onClick={() => onOpen("import")}>
        <FileInput aria-hidden="true" />
        Import
      </button>
      <button type="button" className="button primary" onClick={() => onOpen("new")}>
        <Plus aria-hidden="true" />
        New schedule
      </button>
    </div>
  );
}

function None({ onNew, onImport }: { onNew: () => void; onImport: () => void }) {
  return (
    <EmptyState title="Nothing is scheduled yet" icon={<CalendarClock />}>
      <p>
        Give a prompt and a time, such as “each weekday at 7 in Zurich”, and the job runs then, unattended. What was missed while the home was off is made up
        for, if you want. A <code>cron.ini</code> of Ofelia can be brought along as it is.
      </p>
      {useMay("operator") && (
        <div className="empty-buttons">
          <button type="button" className="button" onClick={onNew}>
            Write the first one
          </button>
          <button type="button" className="button" onClick={onImport}>
            Import a cron.ini
          </button>
        </div>
      )}
    </EmptyState>
  );
}

function Item({ schedule }: { schedule: ScheduleView }) {
  const { id, name, nextDueAt, problem } = schedule;
  return (
    <li>
      <Link href={`/schedules/${id}`} className="job schedule-item">
        <CalendarClock className="state-icon" aria-hidden="true" />
        <span className="job-words">
          <span className="job-title">{name}</span>
          <span className="job-facts">
            <code>{schedule.schedule}</code>
            {!/^(CRON_)?TZ=|^@every/.test(schedule.schedule) && <span>{schedule.timeZone}</span>}
            <span className="work">{schedule.prompt ?? schedule.command?.join(" ")}</span>
          </span>
          {problem !== null && <span className="job-error">{problem}</span>}
        </span>
        <span className="job-figures">
          {schedule.pausedAt !== null ? (
            <span className="tag">paused</span>
          ) : nextDueAt === null ? (
            <span className="muted">never</span>
          ) : (
            <span title={formatMoment(nextDueAt)}>
              <span className="visually-hidden">next </span>
              <Ago iso={nextDueAt} />
            </span>
          )}
        </span>
      </Link>
    </li>
  );
}
