import { CircleAlert, CircleCheck, CircleSlash, FileInput, TriangleAlert } from "lucide-react";
import { useState } from "react";
import { useImport } from "../../api/schedule-queries.ts";
import type { Finding, ImportedJob, ImportReport, ImportWish } from "../../api/schedule-types.ts";
import { countOf } from "../../format.ts";
import { Dialog } from "../../parts/dialog.tsx";
import { AreaField, CheckField, ChoiceField, FormProblem, TextField } from "../../parts/field.tsx";
import { Prose } from "../../parts/prose.tsx";
import { toastDone } from "../../parts/toasts.tsx";
import { clockOf } from "./next-times.tsx";

const noWish: ImportWish = {
  text: "",
  timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
  dialect: "mcuadros",
  replaceContainers: false,
  update: false,
  missed: "skip",
};

/** Brings an Ofelia file along: first it is shown what would become of each job, then they are stored. */
export function ImportDialog({ onClose }: { onClose: () => void }) {
  const [wish, setWish] = useState(noWish);
  const trial = useImport();
  const store = useImport();
  const report = trial.data;
  // Whatever is changed is looked at anew before it can be stored.
  const put = (part: Partial<ImportWish>) => {
    setWish({ ...wish, ...part });
    trial.reset();
    store.reset();
  };
  const runnable = report?.jobs.filter(({ verdict }) => verdict !== "refused").length ?? 0;
  const save = () =>
    store.mutate(
      { ...wish, dryRun: false },
      {
        onSuccess: ({ schedules }) => {
          toastDone(`${countOf(schedules.length, "schedule")} stored`);
          onClose();
        },
      },
    );
  return (
    <Dialog title="Import an Ofelia file" onClose={onClose} isWide>
      <div className="form">
        <Source wish={wish} put={put} />
        <FormProblem error={trial.error ?? store.error} />
        {report !== undefined && <Report report={report} />}
        <div className="dialog-actions">
          <button type="button" className="button" onClick={onClose}>
            Cancel
          </button>
          {report === undefined || runnable === 0 || !report.ok ? (
            <button
              type="button"
              className="button primary"
              disabled={wish.text.trim() === "" || trial.isPending}
              onClick={() => trial.mutate({ ...wish, dryRun: true })}
            >
              {trial.isPending ? "Looking…" : "See what becomes of it"}
            </button>
          ) : (
            <button type="button" className="button primary" disabled={store.isPending} onClick={save}>
              {store.isPending ? "Storing…" : `Store ${countOf(runnable, "schedule")}`}
            </button>
          )}
        </div>
      </div>
    </Dialog>
  );
}

function Source({ wish, put }: { wish: ImportWish; put: (part: Partial<ImportWish>) => void }) {
  return (
    <>
      <AreaField
        label="cron.ini"
        value={wish.text}
        rows={7}
        code
        placeholder={'[job-local "tidy"]\nschedule = 0 4 * * *\ncommand = sh -c "make tidy"'}
        onChange={(text) => put({ text })}
      />
      <label className="file-choice">
        <FileInput aria-hidden="true" />
        Choose a file
        <input
          type="file"
          accept=".ini,.conf,text/plain"
          className="visually-hidden"
          onChange={(event) => {
            const file = event.target.files?.[0];
            if (file !== undefined) void file.text().then((text) => put({ text }));
          }}
        />
      </label>
      <Reading wish={wish} put={put} />
    </>
  );
}

function Reading({ wish, put }: { wish: ImportWish; put: (part: Partial<ImportWish>) => void }) {
  return (
    <details className="more-fields">
      <summary>How it is read</summary>
      <div className="more-rows">
        <div className="field-row">
          <TextField label="Time zone" value={wish.timeZone} help="Where the file names none" onChange={(timeZone) => put({ timeZone })} />
          <ChoiceField
            label="Whose Ofelia"
            value={wish.dialect}
            choices={[
              ["mcuadros", "mcuadros"],
              ["netresearch", "netresearch"],
            ]}
            onChange={(dialect) => put({ dialect })}
          />
          <ChoiceField
            label="Missed times"
            value={wish.missed}
            choices={[
              ["skip", "Skipped, as Ofelia does"],
              ["once", "One run for all"],
              ["all", "A run for each"],
            ]}
            onChange={(missed) => put({ missed })}
          />
        </div>
        <CheckField
          label="Run commands of job-run and job-exec in a job's container"
          help="instead of their own image or container"
          checked={wish.replaceContainers}
          onChange={(replaceContainers) => put({ replaceContainers })}
        />
        <CheckField label="Change the schedules of an earlier import" checked={wish.update} onChange={(update) => put({ update })} />
      </div>
    </details>
  );
}

function Report({ report }: { report: ImportReport }) {
  return (
    <div className="import-report" role="status">
      {!report.ok && (
        <div className="notice bad">
          <CircleAlert aria-hidden="true" />
          <div>
            <strong>Ofelia would not start with this file</strong>
            <Findings of={report.errors} />
          </div>
        </div>
      )}
      {report.warnings.length > 0 && (
        <div className="notice warn">
          <TriangleAlert aria-hidden="true" />
          <Findings of={report.warnings} />
        </div>
      )}
      <ul className="import-jobs">
        {report.jobs.map((job) => (
          <Imported key={`${job.kind} ${job.name} ${job.line}`} job={job} />
        ))}
      </ul>
    </div>
  );
}

const verdicts = { accepted: "As it is", mapped: "With differences", refused: "Refused" } as const;

function Imported({ job }: { job: ImportedJob }) {
  const Icon = job.verdict === "accepted" ? CircleCheck : job.verdict === "mapped" ? TriangleAlert : CircleSlash;
  return (
    <li className={job.verdict}>
      <Icon aria-hidden="true" />
      <div>
        <p>
          <b>
            {job.kind}/{job.name}
          </b>{" "}
          <span className="verdict">{verdicts[job.verdict]}</span>
        </p>
        <p className="muted">
          <code>{job.schedule}</code> {job.next[0] === undefined ? "never runs" : `next ${clockOf(job.next[0])} (${job.timeZone})`} · line {job.line}
        </p>
        <Findings of={[...job.refusals, ...job.notes]} />
      </div>
    </li>
  );
}

function Findings({ of }: { of: Finding[] }) {
  return of.map(({ position, message, cure }) => (
    <p key={`${position.line} ${message}`}>
      <span className="muted">Line {position.line}: </span>
      <Prose text={`${message} ${cure}`} />
    </p>
  ));
}
