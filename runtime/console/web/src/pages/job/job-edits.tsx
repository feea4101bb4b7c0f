import { ChevronRight, FilePen } from "lucide-react";
import { useMemo, useState } from "react";
import { isActive, type Job } from "../../api/job-types.ts";
import { countOf } from "../../format.ts";
import { byFile, type EditedFile } from "../../log/edits.ts";
import { EmptyState } from "../../parts/empty-state.tsx";
import { SkeletonRows } from "../../parts/skeleton.tsx";
import { DiffView } from "./diff-view.tsx";
import { useEdits, type FoundEdits } from "./use-edits.ts";

/** Beyond so many files they begin closed: a reader chooses. */
const openedAtFirst = 12;

/** What a job without a repository has changed, as its log tells: by file, each edit in its order. */
export function JobEdits({ job }: { job: Job }) {
  const found = useEdits(job);
  const files = useMemo(() => byFile(found.edits), [found.edits]);
  if (files.length === 0) return <NoEdits job={job} found={found} />;
  return (
    <div className="details changes">
      <header className="changes-summary">
        <p>
          <FilePen aria-hidden="true" /> <b>{countOf(found.edits.length, "edit")}</b>
          <Tally added={sum(files, "added")} removed={sum(files, "removed")} />
          <span className="muted">{countOf(files.length, "file")}</span>
        </p>
        <p className="muted">Each edit as it was made. What commands have changed beside them is in Files.</p>
      </header>
      <ul className="changed-files">
        {files.map((file, index) => (
          <File key={file.path} file={file} startsOpen={index < openedAtFirst && file.added + file.removed < 400} />
        ))}
      </ul>
      <More found={found} />
    </div>
  );
}

const sum = (files: readonly EditedFile[], of: "added" | "removed") => files.reduce((total, file) => total + file[of], 0);

function NoEdits({ job, found }: { job: Job; found: FoundEdits }) {
  if (found.more !== undefined) return <More found={found} />;
  if (found.isReading && !isActive(job)) return <SkeletonRows count={3} />;
  return (
    <EmptyState title="Nothing edited" icon={<FilePen />}>
      {isActive(job) ? "What the job edits appears here by itself." : "The job edited no files. What its commands have made is in Files."}
    </EmptyState>
  );
}

function More({ found: { more } }: { found: FoundEdits }) {
  if (more === undefined) return null;
  return (
    <div className="more">
      <p className="muted">The log goes on.</p>
      <button type="button" className="button" onClick={more}>
        Look through more of it
      </button>
    </div>
  );
}

function File({ file, startsOpen }: { file: EditedFile; startsOpen: boolean }) {
  const [open, setOpen] = useState(startsOpen);
  const hasSeveral = file.edits.length > 1;
  return (
    <li>
      <button type="button" className="tool-head" aria-expanded={open} onClick={() => setOpen(!open)}>
        <ChevronRight className="chevron" aria-hidden="true" />
        <span className="tool-subject">{file.path}</span>
        {hasSeveral && <span className="tag">{countOf(file.edits.length, "edit")}</span>}
        <Tally added={file.added} removed={file.removed} />
      </button>
      {open &&
        file.edits.map((edit, index) => (
          <div key={index} className="file-edit">
            {(hasSeveral || !edit.isDone || edit.attempt > 1) && (
              <p className="muted">
                {edit.tool}
                {edit.attempt > 1 && `, attempt ${edit.attempt}`}
                {!edit.isDone && ", of which no answer is known"}
              </p>
            )}
            <DiffView lines={edit.lines} />
          </div>
        ))}
    </li>
  );
}

function Tally({ added, removed }: { added: number; removed: number }) {
  return (
    <span className="tally">
      {added > 0 && <span className="added">+{added}</span>}
      {removed > 0 && <span className="removed">−{removed}</span>}
    </span>
  );
}
