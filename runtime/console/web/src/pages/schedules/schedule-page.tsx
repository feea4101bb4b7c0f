import type { RunTotals } from "@freehold/kernel/api/schedule";
import { ChevronLeft, Pause, Pencil, Play, Trash2, Zap } from "lucide-react";
import { useState } from "react";
import { Link, useLocation } from "wouter";
import { ApiError } from "../../api/client.ts";
import { useMay } from "../../api/queries.ts";
import { useDeleteSchedule, useNextRuns, usePauseSchedule, useRunSchedule, useSchedule } from "../../api/schedule-queries.ts";
import type { ScheduleWithTotals } from "../../api/schedule-types.ts";
import { formatCost, formatCount, formatDuration } from "../../format.ts";
import { EmptyState } from "../../parts/empty-state.tsx";
import { Menu } from "../../parts/menu.tsx";
import { ProblemNotice } from "../../parts/problem-notice.tsx";
import { Question } from "../../parts/question.tsx";
import { SkeletonRows } from "../../parts/skeleton.tsx";
import { Ago } from "../../parts/time.tsx";
import { toastDone } from "../../parts/toasts.tsx";
import { useTitle } from "../title.ts";
import { NextTimes } from "./next-times.tsx";
import { ScheduleDialog } from "./schedule-form.tsx";
import { ScheduleRuns } from "./schedule-runs.tsx";
import "../../styles/schedules.css";

export function SchedulePage({ id }: { id: string }) {
  const schedule = useSchedule(id);
  useTitle(schedule.data?.name ?? "Schedule");
  if (schedule.data === undefined) return <NoSchedule error={schedule.error} onRetry={() => void schedule.refetch()} />;
  return (
    <main className="page">
      <Header schedule={schedule.data} />
      {schedule.data.problem !== null && <ProblemNotice error={new Error(schedule.data.problem)} title="It paused itself" />}
      <div className="schedule-columns">
        <Work schedule={schedule.data} />
        <Next schedule={schedule.data} />
      </div>
      <Totals totals={schedule.data.totals} />
      <ScheduleRuns id={id} />
    </main>
  );
}

function NoSchedule({ error, onRetry }: { error: Error | null; onRetry: () => void }) {
  const unknown = error instanceof ApiError && (error.status === 404 || error.status === 400);
  return (
    <main className="page">
      <h1 className="visually-hidden">Schedule</h1>
      {error === null ? (
        <SkeletonRows count={4} />
      ) : unknown ? (
        <EmptyState title="There is no such schedule">
          <p>{error.message}</p>
          <Link href="/schedules" className="button">
            All schedules
          </Link>
        </EmptyState>
      ) : (
        <ProblemNotice error={error} title="This schedule can't be shown now" onRetry={onRetry} />
      )}
    </main>
  );
}

function Header({ schedule }: { schedule: ScheduleWithTotals }) {
  const [asking, setAsking] = useState<"edit" | "delete">();
  const [, navigate] = useLocation();
  const run = useRunSchedule(schedule.id);
  const pause = usePauseSchedule(schedule.id);
  const remove = useDeleteSchedule(schedule.id);
  const mayOperate = useMay("operator");
  const isPaused = schedule.pausedAt !== null;
  const close = () => setAsking(undefined);
  const runNow = () => run.mutate(undefined, { onSuccess: (job) => navigate(`/jobs/${job.id}`) });
  const goAway = () => {
    toastDone("The schedule is deleted", "Its jobs stay.");
    navigate("/schedules");
  };
  return (
    <header className="page-header">
      <div>
        <Link href="/schedules" className="back">
          <ChevronLeft aria-hidden="true" />
          Schedules
        </Link>
        <h1>{schedule.name}</h1>
      </div>
      {mayOperate && (
        <div className="header-buttons">
          <button type="button" className="button" disabled={run.isPending} onClick={runNow}>
            <Zap aria-hidden="true" />
            Run now
          </button>
          <button type="button" className="button" disabled={pause.isPending} onClick={() => pause.mutate(!isPaused)}>
            {isPaused ? <Play aria-hidden="true" /> : <Pause aria-hidden="true" />}
            {isPaused ? "Go on" : "Pause"}
          </button>
          <Menu
            label="More for this schedule"
            items={[
              { label: "Change", icon: Pencil, onChoose: () => setAsking("edit") },
              { label: "Delete", icon: Trash2, isDanger: true, onChoose: () => setAsking("delete") },
            ]}
          />
        </div>
      )}
      {asking === "edit" && <ScheduleDialog known={schedule} onClose={close} onSaved={close} />}
      {asking === "delete" && (
        <Question
          title={`Delete “${schedule.name}”?`}
          no="Keep it"
          yes="Delete the schedule"
          onNo={close}
          onYes={() => remove.mutate(undefined, { onSuccess: goAway })}
        >
          It makes no more jobs. Those that it made stay, with their logs and files.
        </Question>
      )}
    </header>
  );
}

const missedWords = { once: "one run for all", skip: "skipped", all: "a run for each" } as const;

function Work({ schedule }: { schedule: ScheduleWithTotals }) {
  return (
    <section className="card" aria-label="What it does">
      <pre className="output prompt-text">{schedule.prompt ?? schedule.command?.join(" ")}</pre>
      <dl className="facts kept">
        <div>
          <dt>When</dt>
          <dd>
            <code>{schedule.schedule}</code>
          </dd>
        </div>
        <div>
          <dt>Time zone</dt>
          <dd>{schedule.timeZone}</dd>
        </div>
        {schedule.model !== null && (
          <div>
            <dt>Model</dt>
            <dd>{schedule.model}</dd>
          </div>
        )}
        <div>
          <dt>Attempts</dt>
          <dd>{schedule.maxAttempts}</dd>
        </div>
        {schedule.timeoutMs !== null && (
          <div>
            <dt>Time limit</dt>
            <dd>{formatDuration(schedule.timeoutMs)}</dd>
          </div>
        )}
        <div>
          <dt>Missed times</dt>
          <dd>{missedWords[schedule.missed]}</dd>
        </div>
        <div>
          <dt>Overlap</dt>
          <dd>{schedule.noOverlap ? "never two at once" : "allowed"}</dd>
        </div>
        {schedule.environment.length > 0 && (
          <div>
            <dt>Variables</dt>
            <dd>{schedule.environment.join(", ")}</dd>
          </div>
        )}
        {schedule.source !== null && (
          <div>
            <dt>Imported from</dt>
            <dd>
              <code>{schedule.source}</code>
            </dd>
          </div>
        )}
      </dl>
    </section>
  );
}

function Next({ schedule }: { schedule: ScheduleWithTotals }) {
  const next = useNextRuns(schedule.id, 5);
  return (
    <section className="card" aria-label="Next times">
      {schedule.pausedAt !== null ? (
        <p className="muted">
          Paused <Ago iso={schedule.pausedAt} />. What comes due meanwhile is not missed: it just doesn't happen.
        </p>
      ) : (
        next.data !== undefined && <NextTimes of={next.data} />
      )}
    </section>
  );
}

function Totals({ totals }: { totals: RunTotals[] }) {
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a region that scrolls must be reachable by keyboard
    <div className="table-frame" tabIndex={0} role="region" aria-label="What its jobs came to">
      <table>
        <thead>
          <tr>
            <th scope="col">Last</th>
            <th scope="col" className="number">
              Jobs
            </th>
            <th scope="col" className="number">
              Failed
            </th>
            <th scope="col" className="number">
              Cost
            </th>
            <th scope="col" className="number">
              Each
            </th>
          </tr>
        </thead>
        <tbody>
          {totals.map((total) => (
            <tr key={total.days}>
              <td>{total.days} days</td>
              <td className="number">{formatCount(total.jobs)}</td>
              <td className="number">{formatCount(total.failed)}</td>
              <td className="number">{formatCost(total.totalCostUsd)}</td>
              <td className="number">{formatCost(total.averageCostUsd)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
