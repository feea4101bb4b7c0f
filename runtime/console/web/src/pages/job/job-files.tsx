import { ChevronRight, Download, File, FileImage, FileText, Folder, FolderOpen, Link2, Pencil, Trash2, type LucideIcon } from "lucide-react";
import { createElement, useState } from "react";
import { useSearchParams } from "wouter";
import { ApiError } from "../../api/client.ts";
import { archiveUrl, useDeleteFile, useFolder, useUndo } from "../../api/file-queries.ts";
import { useMay } from "../../api/queries.ts";
import { isActive, type Job } from "../../api/job-types.ts";
import type { FileEntry } from "../../api/types.ts";
import { formatBytes } from "../../format.ts";
import { EmptyState } from "../../parts/empty-state.tsx";
import { Menu } from "../../parts/menu.tsx";
import { ProblemNotice } from "../../parts/problem-notice.tsx";
import { SkeletonRows } from "../../parts/skeleton.tsx";
import { Ago } from "../../parts/time.tsx";
import { toastUndo } from "../../parts/toasts.tsx";
import { FileToolbar, joinPath, RenameDialog, useDrop, useUploads } from "./file-changes.tsx";
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
  const mayOperate = useMay("operator");
  const { sending, send } = useUploads(job.id, path);
  const drop = useDrop((files) => void send(files));
  return (
    <section className={`files${drop.held ? " held" : ""}${file === undefined ? "" : " has-file"}`} aria-label="Files" {...(mayOperate && drop.handlers)}>
      <div className="file-list">
        <Crumbs path={path} onGo={goTo} />
        {mayOperate && <FileToolbar jobId={job.id} path={path} sending={sending} onFiles={(files) => void send(files)} />}
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
              jobId={job.id}
              mayChange={mayOperate}
              folder={path}
              entry={entry}
              current={entry.name === fileName}
              onOpen={() => (entry.type === "directory" ? goTo(joinPath(path, entry.name)) : show(entry.name))}
            />
          ))}
        </ul>
      </div>
      {file !== undefined && (
        <FilePreview key={joinPath(path, file.name)} jobId={job.id} path={joinPath(path, file.name)} entry={file} onClose={() => show(undefined)} />
      )}
    </section>
  );
}

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
      {isActive(job) ? "What the job writes appears here by itself." : "This job wrote none."} Drop files here to put them into its workspace.
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

interface EntryProps {
  jobId: string;
  folder: string;
  entry: FileEntry;
  current: boolean;
  mayChange: boolean;
  onOpen: () => void;
}

function Entry({ jobId, folder, entry, current, mayChange, onOpen }: EntryProps) {
  const [renaming, setRenaming] = useState(false);
  const remove = useRemoval(jobId, folder, entry);
  const path = joinPath(folder, entry.name);
  const isFolder = entry.type === "directory";
  const download = () => location.assign(archiveUrl(jobId, path));
  return (
    <li className="file-item">
      <button type="button" className={`file-entry ${entry.type}`} aria-current={current ? "true" : undefined} onClick={onOpen}>
        {createElement(iconOf(entry), { "aria-hidden": true })}
        <span className="file-name">{entry.name}</span>
        <span className="muted file-size">{isFolder ? "" : formatBytes(entry.sizeBytes)}</span>
        <span className="muted file-time">
          <Ago iso={entry.modifiedAt} />
        </span>
      </button>
      <Menu
        label={`More for ${entry.name}`}
        items={[
          ...(isFolder ? [{ label: "Download as zip", icon: Download, onChoose: download }] : []),
          { label: "Rename or move", icon: Pencil, isDisabled: !mayChange, onChoose: () => setRenaming(true) },
          { label: "Delete", icon: Trash2, isDanger: true, isDisabled: !mayChange, onChoose: remove },
        ]}
      />
      {renaming && <RenameDialog jobId={jobId} folder={folder} entry={entry} onClose={() => setRenaming(false)} />}
    </li>
  );
}

/** Deletes at once; a toast takes it back. */
function useRemoval(jobId: string, folder: string, entry: FileEntry): () => void {
  const remove = useDeleteFile(jobId);
  const undo = useUndo(jobId);
  return () =>
    remove.mutate(joinPath(folder, entry.name), {
      onSuccess: (deleted) => toastUndo(`Deleted ${entry.name}`, () => undo.mutate(deleted.undo)),
    });
}

function iconOf(entry: FileEntry): LucideIcon {
  if (entry.type === "directory") return Folder;
  if (entry.type === "symlink") return Link2;
  const kind = previewKind(entry.name);
  return kind === "image" ? FileImage : kind === "none" ? File : FileText;
}
