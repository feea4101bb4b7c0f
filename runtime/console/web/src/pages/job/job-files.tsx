import { ChevronRight, File, FileImage, FileText, Folder, FolderOpen, Link2, type LucideIcon } from "lucide-react";
import { createElement } from "react";
import { useSearchParams } from "wouter";
import { ApiError } from "../../api/client.ts";
import { useFolder } from "../../api/queries.ts";
import { isActive, type Job } from "../../api/job-types.ts";
import type { FileEntry } from "../../api/types.ts";
import { formatBytes } from "../../format.ts";
import { EmptyState } from "../../parts/empty-state.tsx";
import { ProblemNotice } from "../../parts/problem-notice.tsx";
import { SkeletonRows } from "../../parts/skeleton.tsx";
import { Ago } from "../../parts/time.tsx";
import { previewKind } from "./file-kinds.ts";
import { FilePreview } from "./file-preview.tsx";

/** The job's workspace: its folders at one side, the chosen file at the other. The address names both. */
export function JobFiles({ job }: { job: Job }) {
  const [search, setSearch] = useSearchParams();
  const path = search.get("path") ?? "";
  const fileName = search.get("file");
  const folder = useFolder(job.id, path, isActive(job));
  const file = folder.data?.entries.find((entry) => entry.name === fileName && entry.type !== "directory");
  const goTo = (next: string) => setSearch(next === "" ? {} : { path: next });
  const show = (name: string | undefined) => setSearch({ ...(path !== "" && { path }), ...(name !== undefined && { file: name }) });
  return (
    <section className={`files${file === undefined ? "" : " has-file"}`} aria-label="Files">
      <div className="file-list">
        <Crumbs path={path} onGo={goTo} />
        {folder.isPending && <SkeletonRows count={3} />}
        {folder.isError && !isNotThere(folder.error) && (
          <ProblemNotice error={folder.error} title="This folder can't be shown now" onRetry={() => void folder.refetch()} />
        )}
        {folder.isError && isNotThere(folder.error) && <Nothing job={job} path={path} />}
        {folder.data !== undefined && folder.data.entries.length === 0 && <Nothing job={job} path={path} />}
        <ul>
          {sorted(folder.data?.entries ?? []).map((entry) => (
            <Entry
              key={entry.name}
              entry={entry}
              current={entry.name === fileName}
              onOpen={() => (entry.type === "directory" ? goTo(join(path, entry.name)) : show(entry.name))}
            />
          ))}
        </ul>
      </div>
      {file !== undefined && (
        <FilePreview key={join(path, file.name)} jobId={job.id} path={join(path, file.name)} entry={file} onClose={() => show(undefined)} />
      )}
    </section>
  );
}

const join = (path: string, name: string) => (path === "" ? name : `${path}/${name}`);
const isNotThere = (error: Error) => error instanceof ApiError && error.status === 404;

/** Folders first, each by name as a person sorts names. */
const sorted = (entries: FileEntry[]) =>
  entries.toSorted(
    (left, right) => Number(right.type === "directory") - Number(left.type === "directory") || left.name.localeCompare(right.name, "en", { numeric: true }),
  );

function Nothing({ job, path }: { job: Job; path: string }) {
  if (path !== "") return <EmptyState title="This folder is empty" />;
  return (
    <EmptyState title="No files yet" icon={<FolderOpen />}>
      {isActive(job) ? "What the job writes appears here by itself." : "This job wrote none."}
    </EmptyState>
  );
}

function Crumbs({ path, onGo }: { path: string; onGo: (path: string) => void }) {
  const parts = path === "" ? [] : path.split("/");
  return (
    <nav className="crumbs" aria-label="Folder">
      <button type="button" onClick={() => onGo("")} aria-current={parts.length === 0 ? "page" : undefined}>
        workspace
      </button>
      {parts.map((part, index) => (
        <span key={parts.slice(0, index + 1).join("/")}>
          <ChevronRight aria-hidden="true" />
          <button type="button" onClick={() => onGo(parts.slice(0, index + 1).join("/"))} aria-current={index === parts.length - 1 ? "page" : undefined}>
            {part}
          </button>
        </span>
      ))}
    </nav>
  );
}

function Entry({ entry, current, onOpen }: { entry: FileEntry; current: boolean; onOpen: () => void }) {
  return (
    <li>
      <button type="button" className={`file-entry ${entry.type}`} aria-current={current ? "true" : undefined} onClick={onOpen}>
        {createElement(iconOf(entry), { "aria-hidden": true })}
        <span className="file-name">{entry.name}</span>
        <span className="muted file-size">{entry.type === "directory" ? "" : formatBytes(entry.sizeBytes)}</span>
        <span className="muted file-time">
          <Ago iso={entry.modifiedAt} />
        </span>
      </button>
    </li>
  );
}

function iconOf(entry: FileEntry): LucideIcon {
  if (entry.type === "directory") return Folder;
  if (entry.type === "symlink") return Link2;
  const kind = previewKind(entry.name);
  return kind === "image" ? FileImage : kind === "none" ? File : FileText;
}
